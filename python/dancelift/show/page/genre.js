// How probable each genre is: over the whole clip, and window by window.

function connectGenre(axis, choice) {
  const verdict = document.getElementById("verdict");
  const section = document.getElementById("genre");
  choice.onChange((person) => {
    verdict.hidden = section.hidden = person.genres.length === 0;
    verdict.replaceChildren(...verdictOf(person));
    document.getElementById("genre-title").textContent = person.genre === null ? "The nearest dances" : "The dance";
    document.getElementById("shares-only").hidden = person.genre !== null;
  });
  perPerson(choice, section, (person, tracks) => addGenres(person, axis, tracks));
}

/** The most probable first. */
function ranked({ genres }) {
  return [...genres].sort((one, other) => other.probability - one.probability);
}

/** What is to be said of a dancer's genre: its name, or that it is none that is known. */
function verdictOf(person) {
  const [first, second] = ranked(person);
  if (!first) return [];
  const share = ({ name, probability }) => `${name} ${percent(probability)}`;
  if (person.genre === null) {
    const why = person.noGenre ? `: ${person.noGenre}. ` : ". ";
    return [element("strong", "none", NONE_KNOWN), why, element("span", "", `Nearest: ${share(first)}`)];
  }
  const found = [element("strong", "", first.name), ` ${percent(first.probability)}`];
  if (second) found.push(element("span", "", `then ${share(second)}`));
  return found;
}

function addGenres(person, axis, container) {
  if (!person.genres.length) return;
  const genreOf = new Map(); // by track
  container.append(timeRuler(axis));
  ranked(person).forEach((genre, i) => {
    const row = element("div", i || person.genre === null ? "row genre" : "row genre first");
    const label = element("div", "label");
    const bar = element("span", "share");
    const filled = bar.appendChild(element("span"));
    filled.style.width = `${100 * genre.probability}%`;
    label.append(element("span", "name", genre.name), element("span", "number", percent(genre.probability)), bar);
    const track = element("div", "track");
    const picture = axis.picture();
    const middles = person.windows.map(([start, end]) => ((start + end) / 2) * content.fps);
    picture.append(...areaUnder(middles, genre.overTime.map((probability) => 0.94 * probability), person.span));
    track.append(picture);
    genreOf.set(track, genre);
    row.append(label, track);
    container.append(row);
  });
  axis.connect(container, (track, frame) => aboutWindow(person, genreOf.get(track), frame / content.fps));
}

function aboutWindow(person, genre, time) {
  if (!genre || !person.windows.length) return [];
  const distances = person.windows.map(([start, end]) => Math.abs((start + end) / 2 - time));
  const nearest = distances.indexOf(Math.min(...distances));
  const [start, end] = person.windows[nearest];
  const line = element("p");
  line.append(
    element("strong", "", `${genre.name} ${percent(genre.overTime[nearest])}`),
    element("span", "when", `${clockTime(start)} – ${clockTime(end)}`),
  );
  return [line];
}
