// What the pages of choreography share: their content, bodies in 3D, rows over time.

const VIEWS = { front: [0, 0.12], side: [Math.PI / 2, 0.12], above: [0, 1.45] }; // rad: azimuth, elevation
const FIELD = 2 * Math.tan(0.28); // height of what is seen at a distance of 1
const HEIGHT_SHOWN = 2.35; // m
const RULER_MARKS = 8;

/** Numbers as html_file.py packed them; NaN where missing. */
function unpacked({ unit, data }) {
  const raw = new DataView(bytes(data).buffer);
  return Float32Array.from({ length: raw.byteLength / 2 }, (_, i) => {
    const count = raw.getInt16(2 * i, true);
    return count === MISSING ? NaN : count * unit;
  });
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * Bodies over each other, each standing at the same place and facing the same way, to be turned as one likes.
 * `bodies`: { poses, colour(bone) } each; drawn in their order, later ones in front.
 */
class BodiesPanel {
  constructor(player, bodies) {
    this.player = player;
    this.bodies = bodies;
    this.canvas = document.getElementById("bodies");
    this.context = this.canvas.getContext("2d");
    [this.azimuth, this.elevation] = VIEWS.front;
    this.zoom = 1;
    this.waiting = false;
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    player.onChange(() => this.draw());
    for (const button of document.querySelectorAll("[data-view]")) {
      button.addEventListener("click", () => {
        [this.azimuth, this.elevation] = VIEWS[button.dataset.view];
        this.draw();
      });
    }
    this.connectPointer();
  }

  connectPointer() {
    let last = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      last = [event.clientX, event.clientY];
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      this.turn((event.clientX - last[0]) * 0.009, (event.clientY - last[1]) * 0.009);
      last = [event.clientX, event.clientY];
    });
    for (const ending of ["pointerup", "pointercancel"]) this.canvas.addEventListener(ending, () => { last = null; });
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom = Math.min(Math.max(this.zoom * Math.exp(-0.0012 * event.deltaY), 0.4), 5);
      this.draw();
    }, { passive: false });
    this.canvas.addEventListener("keydown", (event) => {
      const turns = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, 0.12], ArrowDown: [0, -0.12] };
      if (!(event.key in turns) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.turn(...turns[event.key]);
    });
  }

  turn(right, up) {
    this.azimuth -= right;
    this.elevation = Math.min(Math.max(this.elevation + up, -0.1), Math.PI / 2);
    this.draw();
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.drawNow();
    });
  }

  drawNow() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.context.lineCap = this.context.lineJoin = "round";
    const project = this.projection(width, height);
    this.drawFloor(project);
    for (const body of this.bodies) this.drawBody(body, project);
  }

  /** Function from the dancer's frame to [x, y, px per m]. */
  projection(width, height) {
    const distance = (HEIGHT_SHOWN / FIELD) * Math.max(1, (0.75 * height) / width) / this.zoom;
    const focal = height / FIELD;
    const [sinA, cosA] = [Math.sin(this.azimuth), Math.cos(this.azimuth)];
    const [sinE, cosE] = [Math.sin(this.elevation), Math.cos(this.elevation)];
    return (x, y, z) => {
      const near = sinA * x + cosA * z;
      const scale = focal / Math.max(distance - sinE * y - cosE * near, 0.1);
      return [width / 2 + scale * (cosA * x - sinA * z), height / 2 - scale * (cosE * y - sinE * near), scale];
    };
  }

  drawFloor(project) {
    const { context } = this;
    context.strokeStyle = colour("line");
    context.lineWidth = 1;
    for (const radius of [0.5, 1]) {
      context.beginPath();
      for (let i = 0; i <= 48; i++) {
        const angle = (i / 48) * 2 * Math.PI;
        const [x, y] = project(radius * Math.cos(angle), content.floor, radius * Math.sin(angle));
        if (i) context.lineTo(x, y);
        else context.moveTo(x, y);
      }
      context.stroke();
    }
  }

  drawBody({ poses, colourOf }, project) {
    const frame = this.player.shown;
    const at = (joint) => {
      const start = (frame * content.nJoints + joint) * 3;
      return project(poses[start], poses[start + 1], poses[start + 2]);
    };
    const { context } = this;
    for (const { joints, part } of content.bones) {
      const [from, to] = joints.map(at);
      if (Number.isNaN(from[0] + to[0])) continue;
      context.strokeStyle = colourOf(part, frame);
      context.lineWidth = 0.045 * from[2];
      context.beginPath();
      context.moveTo(from[0], from[1]);
      context.lineTo(to[0], to[1]);
      context.stroke();
    }
    const [left, right] = content.ears.map(at);
    if (Number.isNaN(left[0] + right[0])) return;
    context.strokeStyle = colourOf("head", frame);
    context.lineWidth = 0.03 * left[2];
    context.beginPath();
    context.arc((left[0] + right[0]) / 2, (left[1] + right[1]) / 2, 0.1 * left[2], 0, 2 * Math.PI);
    context.stroke();
    const nose = at(content.nose);
    context.fillStyle = colourOf("head", frame);
    context.beginPath();
    context.arc(nose[0], nose[1], 0.03 * nose[2], 0, 2 * Math.PI);
    context.fill();
  }
}

/** Rows over time, with a cursor that runs through them; pointing at one goes to that time. */
class Rows {
  constructor(player) {
    this.player = player;
    this.container = document.querySelector("#timeline .tracks");
    const ruler = this.row("", "row ruler").track;
    ruler.previousSibling.replaceChildren();
    const seconds = content.nFrames / content.fps;
    const step = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find((s) => seconds / s <= RULER_MARKS) ?? 1800;
    for (let at = Math.ceil(content.start / step) * step; at < content.start + seconds; at += step) {
      const mark = element("span", "", clockTime(at).replace(/\.0$/, ""));
      mark.style.left = `${(100 * (at - content.start)) / seconds}%`;
      ruler.append(mark);
    }
    const overlay = element("div", "overlay");
    this.band = overlay.appendChild(element("div", "band"));
    this.cursor = overlay.appendChild(element("div", "cursor"));
    this.band.hidden = true;
    this.container.append(overlay);
    player.onChange(() => { this.cursor.style.left = `${(100 * player.frame) / content.nFrames}%`; });
    const go = (event) => {
      const track = event.target.closest?.(".track");
      if (!track) return;
      const box = track.getBoundingClientRect();
      player.seek(((event.clientX - box.left) / box.width) * content.nFrames);
    };
    let pressed = false;
    this.container.addEventListener("pointerdown", (event) => { pressed = event.button === 0; go(event); });
    this.container.addEventListener("pointermove", (event) => { if (pressed) go(event); });
    window.addEventListener("pointerup", () => { pressed = false; });
  }

  /** A row with its label; returns the label, where to say what is there now, and the track. */
  row(name, className = "row part") {
    const row = element("div", className);
    const label = row.appendChild(element("div", "label words"));
    label.append(element("span", "name", name));
    const now = label.appendChild(element("span", "now"));
    const track = row.appendChild(element("div", "track"));
    this.container.append(row);
    return { label, now, track };
  }

  picture(track) {
    const made = svgElement("svg", {
      preserveAspectRatio: "none", viewBox: `0 0 ${content.nFrames} 1`, "aria-hidden": "true",
    });
    track.append(made);
    return made;
  }

  /** Set off a stretch of time, s. */
  mark(start, end) {
    const seconds = content.nFrames / content.fps;
    const [left, right] = [start, end].map((at) => (100 * (at - content.start)) / seconds);
    this.band.hidden = false;
    this.band.style.left = `${left}%`;
    this.band.style.width = `${right - left}%`;
  }
}

/** The frame at a time, s from the start of the video. */
function frameAt(seconds) {
  return Math.round((seconds - content.start) * content.fps);
}
