// How probable each genre is: over the whole clip, and window by window.

function connectGenre(axis) {
  const genres = [...content.genres].sort((one, other) => other.probability - one.probability);
  if (!genres.length) return;
  const [first] = genres;
  const verdict = document.getElementById("verdict");
  verdict.hidden = false;
  if (content.noGenre) {
    verdict.append(element("strong", "", "None of the dances that are known"), `: ${content.noGenre}. `);
    verdict.append(element("span", "", `Nearest: ${first.name} ${percent(first.probability)}`));
  } else {
    verdict.append(element("strong", "", first.name), ` ${percent(first.probability)}`);
  }
  if (genres.length > 1 && !content.noGenre) verdict.append(element("span", "", `then ${genres[1].name} ${percent(genres[1].probability)}`));

  document.getElementById("genre").hidden = false;
  const container = document.querySelector("#genre .tracks");
  const genreOf = new Map(); // by track
  container.append(timeRuler(axis));
  genres.forEach((genre, i) => {
    const row = element("div", i ? "row genre" : "row genre first");
    const label = element("div", "label");
    const bar = element("span", "share");
    const filled = bar.appendChild(element("span"));
    filled.style.width = `${100 * genre.probability}%`;
    label.append(element("span", "name", genre.name), element("span", "number", percent(genre.probability)), bar);
    const track = element("div", "track");
    const picture = axis.picture();
    picture.append(...overTime(genre));
    track.append(picture);
    genreOf.set(track, genre);
    row.append(label, track);
    container.append(row);
  });
  axis.connect(container, (track, frame) => aboutWindow(genreOf.get(track), frame / content.fps));
}

/** The area under a genre's probability; each window's stands at its middle. */
function overTime(genre) {
  if (!content.windows.length) return [];
  const middles = content.windows.map(([start, end]) => ((start + end) / 2) * content.fps);
  const heights = genre.overTime.map((probability) => 1 - 0.94 * probability);
  const first = `M0 ${heights[0]}`;
  const line = first + middles.map((x, i) => `L${x} ${heights[i]}`).join("") + `L${content.nFrames} ${heights.at(-1)}`;
  return [
    svgElement("path", { class: "area", d: `${line}V1H0Z` }),
    svgElement("path", { class: "outline", d: line, "vector-effect": "non-scaling-stroke" }),
  ];
}

function aboutWindow(genre, time) {
  if (!genre || !content.windows.length) return [];
  const distances = content.windows.map(([start, end]) => Math.abs((start + end) / 2 - time));
  const nearest = distances.indexOf(Math.min(...distances));
  const [start, end] = content.windows[nearest];
  const line = element("p");
  line.append(
    element("strong", "", `${genre.name} ${percent(genre.overTime[nearest])}`),
    element("span", "when", `${clockTime(start)} – ${clockTime(end)}`),
  );
  return [line];
}
