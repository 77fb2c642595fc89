// Two performances over each other, and by how much they differ, part by part.

const player = new Player();
connectTransport(player);
const rows = new Rows(player);
const tracks = content.tracks.map((track) => ({ ...track, values: unpacked(track.values) }));
const byPart = new Map(tracks.map((track) => [track.name, track]));

/** A part of B that differs so much that it is said is set off. */
function differs(part, frame) {
  const track = byPart.get(part);
  return track && Math.abs(track.values[frame]) > track.threshold;
}

new BodiesPanel(player, [
  { poses: unpacked(content.a), colourOf: () => colour("a") },
  { poses: unpacked(content.b), colourOf: (part, frame) => colour(differs(part, frame) ? "differs" : "b") },
]);

for (const track of tracks) {
  const row = rows.row(track.name);
  track.now = row.now;
  const picture = rows.picture(row.track);
  const isSigned = track.signed;
  const height = (value) => Math.min(Math.max(value / track.largest, -1), 1) * (isSigned ? 0.48 : 0.96);
  const base = isSigned ? 0.5 : 0.98;
  const every = Math.max(1, Math.ceil(content.nFrames / 1500));
  let d = `M0 ${base}`;
  for (let frame = 0; frame < content.nFrames; frame += every) {
    const value = track.values[frame];
    d += `L${frame + 0.5} ${(base - (Number.isNaN(value) ? 0 : height(value))).toFixed(4)}`;
  }
  picture.append(
    svgElement("line", {
      x1: 0, x2: content.nFrames, y1: base - height(track.threshold), y2: base - height(track.threshold),
      class: "threshold", "vector-effect": "non-scaling-stroke",
    }),
    svgElement("path", { d: `${d}L${content.nFrames} ${base}Z`, class: "difference" }),
  );
  for (const remark of content.remarks.filter(({ part }) => part === track.name)) {
    const mark = row.track.appendChild(element("div", "remark"));
    const seconds = content.nFrames / content.fps;
    mark.style.left = `${(100 * (remark.start - content.start)) / seconds}%`;
    mark.style.width = `${(100 * (remark.end - remark.start)) / seconds}%`;
    mark.title = remark.text;
  }
}

const list = document.querySelector("#reasons ol");
content.remarks.forEach((remark) => {
  const button = element("button", "reason");
  button.type = "button";
  const place = button.appendChild(element("span", "place"));
  place.append(element("span", "part", remark.part), element("span", "when", `${clockTime(remark.start)} – ${clockTime(remark.end)}`));
  button.append(element("span", "text", remark.text));
  button.addEventListener("click", () => {
    player.seek(frameAt((remark.start + remark.end) / 2));
    rows.mark(remark.start, remark.end);
    for (const other of list.querySelectorAll("button")) other.setAttribute("aria-current", other === button);
  });
  list.appendChild(element("li")).append(button);
});
if (!content.remarks.length) list.append(element("li", "hint", "Nothing differs enough to be said."));

const summary = document.getElementById("summary");
for (const line of content.summary) summary.append(element("p", "", line));
document.getElementById("name-a").textContent = content.nameA;
document.getElementById("name-b").textContent = content.nameB;
const timeOfB = document.getElementById("time-b");
const times = unpacked(content.timesB);

player.onChange(() => {
  const frame = player.shown;
  timeOfB.textContent = `${content.nameB} at ${clockTime(times[frame])}`;
  for (const track of tracks) {
    const value = track.values[frame];
    const text = Number.isNaN(value) ? "not known" : `${value.toFixed(track.unit === "s" ? 2 : 0)} ${track.unit}`;
    track.now.textContent = text;
    track.now.classList.toggle("differs", Math.abs(value) > track.threshold);
  }
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => player.notify());
player.notify();
