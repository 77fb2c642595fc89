// The movements by body part as bars over time. A folded part shows its movements as thin lanes.

const TIP_LINES = 6;

/** The rows of each dancer, and the buttons above them; returns the rows of the chosen dancer. */
function connectTimeline(player, axis, choice) {
  const section = document.getElementById("timeline");
  const rows = perPerson(choice, section, (person, tracks) => new Timeline(player, axis, person, tracks));
  document.getElementById("unfold").addEventListener("click", () => rows().foldAll(false));
  document.getElementById("fold").addEventListener("click", () => rows().foldAll(true));
  player.onChange(() => rows().tellNow());
  choice.onChange(() => {
    axis.unmark();
    rows().tellNow();
  });
  connectZoom(axis);
  return rows;
}

function connectZoom(axis) {
  const span = document.getElementById("span");
  const wider = document.getElementById("wider"), narrower = document.getElementById("narrower");
  wider.addEventListener("click", () => axis.zoom(0.5));
  narrower.addEventListener("click", () => axis.zoom(2));
  axis.onChange(() => {
    const isWhole = axis.span >= content.nFrames;
    const seconds = axis.span / content.fps;
    span.textContent = isWhole ? "whole clip" : `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
    wider.disabled = isWhole;
    narrower.disabled = seconds <= SHORTEST_SPAN;
  });
}

class Timeline {
  constructor(player, axis, person, container) {
    this.player = player;
    this.axis = axis;
    this.person = person;
    this.container = container;
    this.parts = [];
    this.movementsOf = new Map(); // track to movements
    this.container.append(timeRuler(axis));
    for (const part of person.parts) this.addPart(part);
    axis.connect(this.container, (track, frame, reach) => this.about(track, frame, reach));
  }

  foldAll(isFolded) {
    for (const part of this.parts) part.fold(isFolded);
  }

  addPart({ name, side }) {
    const movements = this.person.movements.filter((movement) => movement.part === name);
    const head = element("button", "label fold");
    const words = element("span", "words");
    const now = element("span", "now");
    words.append(element("span", "name", name), now);
    head.type = "button";
    head.append(element("span", "arrow"), words);
    head.disabled = movements.length === 0;
    const row = element("div", `row part ${SIDE_CLASS[side]}`);
    const lanes = this.track(movements);
    movements.forEach((movement, i) => {
      const [top, bottom] = [(i + 0.12) / movements.length, (i + 0.88) / movements.length];
      lanes.picture.append(bars(movement, top, bottom));
    });
    row.append(head, lanes.track);
    const unfolded = element("div", "movements");
    unfolded.id = `part-${persons.indexOf(this.person)}-${this.parts.length}`;
    unfolded.hidden = true;
    head.setAttribute("aria-controls", unfolded.id);
    this.container.append(row, unfolded);

    const fold = (isFolded) => {
      if (!movements.length) return;
      if (!isFolded && !unfolded.childElementCount) {
        unfolded.append(...movements.map((movement) => this.movementRow(movement, side)));
      }
      unfolded.hidden = isFolded;
      row.classList.toggle("open", !isFolded);
      head.setAttribute("aria-expanded", !isFolded);
    };
    fold(true);
    head.addEventListener("click", () => fold(!unfolded.hidden));
    this.parts.push({ name, movements, now, fold, text: "" });
  }

  movementRow(movement, side) {
    const row = element("div", `row movement ${SIDE_CLASS[side]}`);
    const label = element("button", "label", withoutPart(movement.name, movement.part));
    label.type = "button";
    label.title = `${movement.name}: ${movement.dancer}`;
    label.setAttribute("aria-label", `${movement.name}, next time`);
    label.addEventListener("click", () => {
      const later = movement.runs.find(([start]) => start > this.player.shown) ?? movement.runs[0];
      this.player.seek(later[0]);
    });
    const { track, picture } = this.track([movement]);
    picture.append(bars(movement, 0.18, 0.82));
    row.append(label, track);
    return row;
  }

  track(movements) {
    const track = element("div", "track");
    const picture = this.axis.picture();
    track.append(picture);
    this.movementsOf.set(track, movements);
    return { track, picture };
  }

  /** What takes place at a frame of a track, or within reach of it where nothing does. */
  about(track, frame, reach) {
    const found = [];
    for (const movement of this.movementsOf.get(track) ?? []) {
      const run = movement.runs.find(([start, end]) => start - reach <= frame && frame < end + reach);
      if (run) found.push({ movement, run, isExact: run[0] <= frame && frame < run[1] });
    }
    const exact = found.filter(({ isExact }) => isExact);
    const listed = exact.length ? exact : found;
    const lines = listed.slice(0, TIP_LINES).map(({ movement, run: [start, end] }) => {
      const line = element("p");
      const [from, to] = [start / content.fps, end / content.fps];
      line.append(
        element("strong", "", movement.name),
        element("span", "when", `${clockTime(from)} – ${clockTime(to)}`),
        element("span", "dancer", movement.dancer),
      );
      return line;
    });
    if (listed.length > TIP_LINES) lines.push(element("p", "", `and ${listed.length - TIP_LINES} more`));
    return lines;
  }

  /** Say beside every part which of its movements take place now. */
  tellNow() {
    const active = new Set(this.person.movementsAt(this.player.shown));
    for (const part of this.parts) {
      const movements = part.movements.filter((movement) => active.has(movement));
      const text = movements.map((movement) => withoutPart(movement.name, part.name)).join(", ");
      if (text === part.text) continue;
      part.text = text;
      part.now.textContent = text;
      part.now.title = text;
    }
  }

  /** Unfold a part and set off when one of its movements took place, s. */
  reveal(partName, start, end) {
    this.parts.find(({ name }) => name === partName)?.fold(false);
    this.axis.mark(start * content.fps, end * content.fps);
  }
}

/** "elbow bent" of "left elbow bent": beside the part's name the side need not be said again. */
function withoutPart(name, part) {
  for (const prefix of [part, part.split(" ")[0]]) {
    if (name.startsWith(`${prefix} `) && prefix !== "whole") return name.slice(prefix.length + 1);
  }
  return name;
}

function bars({ runs }, top, bottom) {
  const d = runs.map(([start, end]) => `M${start} ${top}H${end}V${bottom}H${start}Z`).join("");
  return svgElement("path", { d, "vector-effect": "non-scaling-stroke" });
}
