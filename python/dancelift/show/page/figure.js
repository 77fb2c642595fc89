// What the 2D and the 3D panel share: a canvas in the page's colours, and how a limb is drawn.

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
