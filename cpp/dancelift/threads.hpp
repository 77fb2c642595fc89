#pragma once

namespace dancelift {

/// How many threads, of so many that are wanted, can work side by side, this one among them: at least 1. An OpenMP
/// library that is refused a thread, by a limit on processes or on memory, ends the whole program.
int AvailableThreads(int wanted);

}  // namespace dancelift
