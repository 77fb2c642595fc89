#include "bindings/seeds.hpp"

#include <utility>

namespace dancelift::bindings {

Seeds MakeSeeds(const Array& poses, const Array& uncertainty, const Array& acceleration, const Array& imaging,
                const Array& log_lengths, const Array& up, const Array& floor, const Array& on_floor,
                const Array& standing, const Array& prior, const Array& bone_softness, const Array& error_scale) {
  RequireShape("poses", poses, {{"K"}, {"T"}, {"J"}, {"3", 3}});
  const Axis k{"K", poses.shape(0)}, t{"T", poses.shape(1)}, j{"J", poses.shape(2)};
  RequireShape("uncertainty", uncertainty, {k, t, j});
  RequireShape("acceleration", acceleration, {k, t, j, {"3", 3}});
  RequireShape("imaging", imaging, {k, {"1 or 3 T"}});
  RequireShape("log_lengths", log_lengths, {k, {"B", Axis::kAny}});
  RequireShape("up", up, {k, {"3", 3}});
  RequireShape("floor", floor, {k});
  // a skeleton may have no feet
  RequireShape("on_floor", on_floor, {k, t, {"feet", Axis::kAny}});
  RequireShape("standing", standing, {k, t, {"feet", on_floor.shape(2)}});
  RequireShape("prior", prior, {k, t});
  RequireShape("bone_softness", bone_softness, {k});
  RequireShape("error_scale", error_scale, {k});

  std::vector<Seed> seeds;
  for (py::ssize_t i = 0; i < k.length; ++i) {
    Seed seed;
    seed.poses = Slice(poses, i);
    seed.uncertainty = Slice(uncertainty, i);
    seed.acceleration = Slice(acceleration, i);
    seed.imaging = Slice(imaging, i);
    seed.log_lengths = Slice(log_lengths, i);
    seed.up = Slice(up, i);
    seed.floor = floor.data()[i];
    seed.on_floor = Slice(on_floor, i);
    seed.standing = Slice(standing, i);
    seed.prior = Slice(prior, i);
    seed.bone_softness = bone_softness.data()[i];
    seed.error_scale = error_scale.data()[i];
    seeds.push_back(std::move(seed));
  }
  return {std::make_shared<const std::vector<Seed>>(std::move(seeds)), t.length, j.length};
}

}  // namespace dancelift::bindings
