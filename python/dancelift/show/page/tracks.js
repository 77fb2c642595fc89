// Rows over time: one stretch of time for all of them, the cursor that runs through, pointing at a moment.

const REACH = { mouse: 4, pen: 6, touch: 12 }; // px beside a bar that still mean it
const SHORTEST_SPAN = 2; // s
const SWIPE = 8; // px sideways from which a finger moves the time

class TimeAxis {
  constructor(player) {
    this.player = player;
    this.from = 0; // first frame that is shown
    this.span = content.nFrames;
    this.pictures = [];
    this.overlays = [];
    this.listeners = [];
    player.onChange(() => this.followCursor());
  }

  /** Whenever another stretch of time is shown. */
  onChange(listener) {
    this.listeners.push(listener);
    listener();
  }

  zoom(factor) {
    const least = Math.min(content.nFrames, SHORTEST_SPAN * content.fps);
    this.span = Math.min(Math.max(this.span / factor, least), content.nFrames);
    this.show(this.player.shown - this.span / 2);
  }

  show(from) {
    this.from = Math.min(Math.max(from, 0), content.nFrames - this.span);
    for (const picture of this.pictures) this.fit(picture);
    for (const listener of this.listeners) listener();
    this.placeCursors();
  }

  fit(picture) {
    picture.setAttribute("viewBox", `${this.from} 0 ${this.span} 1`);
  }

  /** While the cursor leaves what is shown, page after it. */
  followCursor() {
    const { frame } = this.player;
    if (frame < this.from || frame >= this.from + this.span) this.show(frame - 0.1 * this.span);
    else this.placeCursors();
  }

  share(frame) {
    return (frame - this.from) / this.span;
  }

  placeCursors() {
    for (const { cursor } of this.overlays) cursor.style.left = `${100 * this.share(this.player.frame)}%`;
    this.placeMark();
  }

  /** Set off a stretch of time, from and to frames. */
  mark(from, to) {
    this.marked = [from, to];
    this.placeMark();
  }

  unmark() {
    this.marked = [0, 0];
    this.placeMark();
  }

  placeMark() {
    if (!this.marked) return;
    const [left, right] = this.marked.map((frame) => Math.min(Math.max(this.share(frame), 0), 1));
    for (const { band } of this.overlays) {
      band.hidden = right <= left;
      band.style.left = `${100 * left}%`;
      band.style.width = `${100 * (right - left)}%`;
    }
  }

  /** The picture of a row: coordinates are frames across, and 0 to 1 downwards. */
  picture() {
    const made = svgElement("svg", { preserveAspectRatio: "none", "aria-hidden": "true" });
    this.pictures.push(made);
    this.fit(made);
    return made;
  }

  /**
   * Make an element's tracks show the cursor, and the time go where they are pointed at.
   * `about(track, frame, reach)`: elements that tell what is at a place; `reach` in frames.
   */
  connect(container, about) {
    const overlay = element("div", "overlay");
    const band = overlay.appendChild(element("div", "band"));
    const cursor = overlay.appendChild(element("div", "cursor"));
    band.hidden = true;
    container.append(overlay);
    this.overlays.push({ cursor, band });
    this.placeCursors();

    let pressed = null;
    const locate = (event) => {
      const track = event.target.closest?.(".track");
      if (!track || !container.contains(track)) return null;
      const box = track.getBoundingClientRect();
      const perPixel = this.span / box.width;
      const frame = this.from + (event.clientX - box.left) * perPixel;
      return { track, frame, reach: REACH[event.pointerType || "mouse"] * perPixel };
    };
    const tell = (event) => {
      const place = locate(event);
      showTip(place ? about(place.track, place.frame, place.reach) : [], event);
    };
    const go = (event) => {
      const place = locate(event);
      if (place) this.player.seek(Math.min(Math.max(place.frame, this.from), this.from + this.span - 0.5));
    };
    container.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !locate(event)) return;
      pressed = { x: event.clientX, moves: event.pointerType === "mouse" };
      event.target.closest(".track").setPointerCapture(event.pointerId);
      if (pressed.moves) go(event);
    });
    container.addEventListener("pointermove", (event) => {
      if (pressed && Math.abs(event.clientX - pressed.x) > SWIPE) pressed.moves = true;
      if (pressed?.moves) go(event);
      if (event.pointerType === "mouse" || pressed?.moves) tell(event);
    });
    for (const ending of ["pointerup", "pointercancel"]) container.addEventListener(ending, () => { pressed = null; });
    container.addEventListener("click", (event) => {
      go(event);
      tell(event);
    });
    container.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") showTip([]);
    });
  }
}

// what a finger asked about goes away with the next touch elsewhere, as it does when the page moves under it
for (const leaving of ["pointerdown", "scroll"]) {
  window.addEventListener(leaving, (event) => {
    if (!event.target.closest?.(".track")) showTip([]);
  }, { passive: true });
}

/** Show elements beside the pointer; none: nothing. */
function showTip(lines, event = null) {
  const tip = document.getElementById("tip");
  tip.hidden = lines.length === 0;
  if (tip.hidden) return;
  tip.replaceChildren(...lines);
  const { clientWidth, clientHeight } = document.documentElement;
  const left = Math.min(Math.max(event.clientX - tip.offsetWidth / 2, 8), clientWidth - tip.offsetWidth - 8);
  const above = event.clientY - tip.offsetHeight - 14;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 8 ? above : Math.min(event.clientY + 20, clientHeight - tip.offsetHeight - 8)}px`;
}

/** The area under a curve within a stretch of time; it goes on level before its first and after its last point. */
function areaUnder(frames, heights, [from, to]) {
  if (!frames.length) return [];
  const tops = heights.map((height) => 1 - height);
  const inside = frames.map((x, i) => `L${x} ${tops[i]}`).join("");
  const line = `M${from} ${tops[0]}${inside}L${to} ${tops.at(-1)}`;
  return [
    svgElement("path", { class: "area", d: `${line}V1H${from}Z` }),
    svgElement("path", { class: "outline", d: line, "vector-effect": "non-scaling-stroke" }),
  ];
}

/** Marks of the time above the rows. */
function timeRuler(axis) {
  const row = element("div", "row ruler");
  const track = element("div", "track");
  row.append(element("div", "label"), track);
  axis.onChange(() => {
    const seconds = axis.span / content.fps;
    const step = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find((s) => seconds / s <= 7) ?? 1800;
    const marks = [];
    for (let i = Math.ceil(axis.from / content.fps / step); i * step * content.fps <= axis.from + axis.span; i++) {
      const mark = element("span", "", clockTime(i * step).replace(/\.0$/, ""));
      mark.style.left = `${100 * axis.share(i * step * content.fps)}%`;
      marks.push(mark);
    }
    track.replaceChildren(...marks);
  });
  return row;
}
