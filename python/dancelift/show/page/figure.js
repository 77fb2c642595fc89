// What the 2D and the 3D panel share: a canvas in the page's colours, and how a limb is drawn.

const WORDS_HEIGHT = 16; // px
const OTHERS_ALPHA = 0.45; // of dancers that are not the chosen one

let colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["surface", "ink", "muted", "line", "left", "right", "middle", "floor", "shadow", "path"];
  colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function colourOf(side) {
  return [colours.middle, colours.left, colours.right][side];
}

/** A canvas that is as sharp as the screen, and is drawn again, once a screen refresh, when asked. */
class Figure {
  constructor(id, draw) {
    this.canvas = document.getElementById(id);
    this.context = this.canvas.getContext("2d");
    this.drawInside = draw;
    this.waiting = false;
    new ResizeObserver(() => this.draw()).observe(this.canvas);
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
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    const width = Math.round(this.width * ratio), height = Math.round(this.height * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.placed = [];
    this.context.lineCap = this.context.lineJoin = "round";
    this.drawInside(this);
  }

  line(points, colour, width) {
    const context = this.context;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
  }

  /** A bone; those of the right side have a light core, so that colour alone need not tell them. */
  limb(from, to, side, width) {
    this.line([from, to], colourOf(side), width);
    if (side === RIGHT) this.line([from, to], colours.surface, Math.max(1, 0.28 * width));
  }

  /** An ellipse that one can see through; that of the right side has a dashed edge. */
  ellipse([x, y], [long, short], angle, side, width) {
    const context = this.context;
    const alpha = context.globalAlpha;
    context.beginPath();
    context.ellipse(x, y, long, short, angle, 0, 2 * Math.PI);
    context.fillStyle = context.strokeStyle = colourOf(side);
    context.globalAlpha = 0.16 * alpha;
    context.fill();
    context.globalAlpha = 0.55 * alpha;
    context.lineWidth = width;
    context.setLineDash(side === RIGHT ? [4, 3] : []);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = alpha;
  }

  /** Words above a place, or as far above as no other words stand. */
  words([x, y], text, isStrong) {
    const context = this.context;
    context.font = `${isStrong ? 650 : 400} 13px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif`;
    context.textAlign = "center";
    const half = context.measureText(text).width / 2 + 4;
    const at = Math.min(Math.max(x, half), this.width - half);
    let height = Math.max(y, WORDS_HEIGHT);
    const isTaken = (other) =>
      Math.abs(other.at - at) < other.half + half && Math.abs(other.height - height) < WORDS_HEIGHT;
    while (height > WORDS_HEIGHT && this.placed.some(isTaken)) height -= 2;
    this.placed.push({ at, half, height });
    context.lineWidth = 4;
    context.strokeStyle = colours.surface;
    context.strokeText(text, at, height);
    context.fillStyle = isStrong ? colours.ink : colours.muted;
    context.fillText(text, at, height);
  }

  disc([x, y], radius, colour) {
    this.context.fillStyle = colour;
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.context.fill();
  }

  area(points, colour) {
    const context = this.context;
    context.fillStyle = colour;
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.fill();
  }
}
