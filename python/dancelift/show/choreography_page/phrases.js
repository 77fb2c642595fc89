// The phrases of a dance: where each takes place, what the dancer does in it, and how alike every moment is to every other.

const player = new Player();
connectTransport(player);
const rows = new Rows(player);
const sideColours = ["middle", "left", "right"];

new BodiesPanel(player, [
  { poses: unpacked(content.poses), colourOf: (part) => colour(sideColours[part.startsWith("left") ? 1 : part.startsWith("right") ? 2 : 0]) },
]);

const seconds = content.nFrames / content.fps;

function block(track, start, end, text, className) {
  const made = track.appendChild(element("button", className, text));
  made.type = "button";
  made.style.left = `${(100 * (start - content.start)) / seconds}%`;
  made.style.width = `${(100 * (end - start)) / seconds}%`;
  made.addEventListener("pointerdown", (event) => event.stopPropagation());
  made.addEventListener("click", () => {
    player.seek(frameAt(start));
    rows.mark(start, end);
  });
  return made;
}

content.phrases.forEach((phrase, i) => {
  const { track, now } = rows.row(`${phrase.is_step ? "Step" : "Phrase"} ${phrase.name}`);
  now.textContent = [
    `${phrase.seconds.toFixed(1)} s`, phrase.beats === null ? "" : `${phrase.beats} beats`,
    phrase.eights === null ? "" : phrase.eights === 1 ? "a count of eight" : `${phrase.eights} counts of eight`,
  ].filter(Boolean).join(", ");
  for (const each of phrase.occurrences) block(track, each.start, each.end, phrase.name, `block hue-${i % 6}`);
});

const counts = content.beats;
if (counts.length) {
  const { track } = rows.row("Count");
  for (const { start, count } of counts) {
    const mark = track.appendChild(element("span", "count", count));
    mark.style.left = `${(100 * (start - content.start)) / seconds}%`;
  }
}

const list = document.querySelector("#reasons ol");
const buttons = content.sections.map((section) => {
  const button = element("button", "reason");
  button.type = "button";
  const place = button.appendChild(element("span", "place"));
  place.append(
    element("span", "part", section.phrase ? `phrase ${section.phrase}` : "between phrases"),
    element("span", "when", `${clockTime(section.start)} – ${clockTime(section.end)}`),
  );
  button.append(element("span", "text", section.text));
  button.addEventListener("click", () => {
    player.seek(frameAt(section.start));
    rows.mark(section.start, section.end);
  });
  list.appendChild(element("li")).append(button);
  return { button, section };
});

const summary = document.getElementById("summary");
for (const line of content.summary) summary.append(element("p", "", line));

const matrix = document.getElementById("matrix");
const { size, data } = content.likeness;
const alike = bytes(data);
matrix.width = matrix.height = size;

function drawMatrix() {
  const context = matrix.getContext("2d");
  const image = context.createImageData(size, size);
  const ink = matchMedia("(prefers-color-scheme: dark)").matches ? 255 : 0;
  for (let i = 0; i < size * size; i++) {
    image.data.set([ink, ink, ink, alike[i]], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

matrix.addEventListener("click", (event) => {
  const box = matrix.getBoundingClientRect();
  player.seek(((event.clientX - box.left) / box.width) * content.nFrames);
});
const horizontal = document.getElementById("now-x"), vertical = document.getElementById("now-y");
player.onChange(() => {
  const share = `${(100 * player.frame) / content.nFrames}%`;
  horizontal.style.left = share;
  vertical.style.top = share;
  const now = content.start + player.frame / content.fps;
  for (const { button, section } of buttons) {
    button.setAttribute("aria-current", section.start <= now && now < section.end);
  }
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  drawMatrix();
  player.notify();
});
drawMatrix();
player.notify();
