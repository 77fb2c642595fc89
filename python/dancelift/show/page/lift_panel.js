// The lifted motion on a floor, seen from wherever one likes.
// World: m, y up from the floor, z towards the camera that filmed the dancer.

const VIEWS = { front: [0, 0.2], side: [Math.PI / 2, 0.12], above: [0, 1.45] }; // rad: azimuth, elevation
const FIELD = 2 * Math.tan(0.28); // height of what is seen at a distance of 1
const HEIGHT_SHOWN = 2.5; // m, at the dancer
const TARGET_HEIGHT = 0.85; // m, that the panel turns about
const GRID = 0.5; // m
const FOLLOWING = 0.4; // s either side, over which the panel's movement after the dancer is smoothed
const TRAIL = 4; // s of the path behind the dancer that are drawn stronger
const NEAREST = 0.15; // m before the eye, from which on something is drawn
const HEAD_RADIUS = 0.105; // m

/** [x, z] of the hips' middle on the floor in every frame. */
function floorPath() {
  const { hips } = content.skeleton;
  return Array.from({ length: content.nFrames }, (_, frame) => [
    poses.mean(frame, hips, 0),
    poses.mean(frame, hips, 2),
  ]);
}

function smoothed(path) {
  const reach = Math.max(1, Math.round(FOLLOWING * content.fps));
  const sums = [[0, 0]];
  for (const [x, z] of path) sums.push([sums.at(-1)[0] + x, sums.at(-1)[1] + z]);
  return path.map((_, frame) => {
    const from = Math.max(0, frame - reach), to = Math.min(path.length, frame + reach + 1);
    return [0, 1].map((axis) => (sums[to][axis] - sums[from][axis]) / (to - from));
  });
}

function connectLiftPanel(player) {
  const path = floorPath();
  const followed = smoothed(path);
  const low = [0, 1].map((axis) => path.reduce((least, at) => Math.min(least, at[axis]), Infinity));
  const high = [0, 1].map((axis) => path.reduce((most, at) => Math.max(most, at[axis]), -Infinity));
  const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
  const reach = Math.hypot(high[0] - low[0], high[1] - low[1]) / 2;
  const thickness = boneThickness();
  const followButton = document.getElementById("follow");
  const figure = new Figure("lift", draw);
  let [azimuth, elevation] = VIEWS.front;
  let zoom = 1;
  let follow = true;
  let project; // of the frame that is drawn

  connectPointer();
  for (const button of document.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => {
      [azimuth, elevation] = VIEWS[button.dataset.view];
      figure.draw();
    });
  }
  followButton.addEventListener("click", () => {
    follow = !follow;
    followButton.setAttribute("aria-pressed", follow);
    figure.draw();
  });
  player.onChange(() => figure.draw());

  function reset() {
    [azimuth, elevation] = VIEWS.front;
    zoom = 1;
    figure.draw();
  }

  function turn(right, up) {
    azimuth -= right;
    elevation = Math.min(Math.max(elevation + up, -0.1), Math.PI / 2);
    figure.draw();
  }

  function zoomBy(factor) {
    zoom = Math.min(Math.max(zoom * factor, 0.4), 5);
    figure.draw();
  }

  function connectPointer() {
    const canvas = figure.canvas;
    const pointers = new Map();
    const spread = () => {
      const [a, b] = [...pointers.values()];
      return Math.hypot(a[0] - b[0], a[1] - b[1]);
    };
    canvas.addEventListener("pointerdown", (event) => {
      pointers.set(event.pointerId, [event.clientX, event.clientY]);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const apart = pointers.size > 1 ? spread() : 0;
      pointers.set(event.pointerId, [event.clientX, event.clientY]);
      if (apart) zoomBy(spread() / apart);
      else turn((event.clientX - before[0]) * 0.009, (event.clientY - before[1]) * 0.009);
    });
    for (const ending of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(ending, (event) => pointers.delete(event.pointerId));
    }
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoomBy(Math.exp(-0.0012 * event.deltaY));
    }, { passive: false });
    canvas.addEventListener("dblclick", reset);
    canvas.addEventListener("keydown", (event) => {
      const actions = {
        ArrowLeft: () => turn(-0.12, 0), ArrowRight: () => turn(0.12, 0),
        ArrowUp: () => turn(0, 0.12), ArrowDown: () => turn(0, -0.12),
        "+": () => zoomBy(1.2), "-": () => zoomBy(1 / 1.2), 0: reset,
      };
      if (!(event.key in actions) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      actions[event.key]();
    });
  }

  /** Function from the world to [x, y, depth, px per m], for an eye that looks at `target`. */
  function projection(target) {
    const { width, height } = figure;
    const extentShown = follow ? HEIGHT_SHOWN : HEIGHT_SHOWN + 1.3 * reach;
    const distance = (extentShown / FIELD) * Math.max(1, (0.75 * height) / width) / zoom;
    const focal = height / FIELD;
    const [sinA, cosA, sinE, cosE] = [Math.sin(azimuth), Math.cos(azimuth), Math.sin(elevation), Math.cos(elevation)];
    return (x, y, z) => {
      const [dx, dy, dz] = [x - target[0], y - TARGET_HEIGHT, z - target[1]];
      const near = sinA * dx + cosA * dz;
      const depth = distance - sinE * dy - cosE * near;
      const scale = focal / depth;
      return [
        width / 2 + scale * (cosA * dx - sinA * dz),
        height / 2 - scale * (cosE * dy - sinE * near),
        depth,
        scale,
      ];
    };
  }

  function draw() {
    const frame = player.shown;
    const target = follow ? followed[frame] : middle;
    project = projection(target);
    drawFloor(target, follow ? 2 : 2 + reach);
    drawPath(frame);
    drawShadow(frame);
    drawBody(frame);
  }

  function drawFloor([x0, z0], radius) {
    const circle = [];
    for (let i = 0; i < 72; i++) {
      const angle = (i / 72) * 2 * Math.PI;
      circle.push(project(x0 + radius * Math.cos(angle), 0, z0 + radius * Math.sin(angle)));
    }
    if (circle.every((point) => point[2] > NEAREST)) figure.area(circle, colours.floor);
    for (const along of [0, 1]) {
      const centre = [x0, z0][along];
      for (let i = Math.ceil((centre - radius) / GRID); i * GRID < centre + radius; i++) {
        const half = Math.sqrt(radius ** 2 - (i * GRID - centre) ** 2);
        const ends = [-half, half].map((side) => (along ? [x0 + side, i * GRID] : [i * GRID, z0 + side]));
        path3d(ends.map(([x, z]) => [x, z]), colours.line, 1);
      }
    }
  }

  /** A line on the floor, in pieces so that what lies behind the eye can be left out. */
  function path3d(points, colour, width) {
    let piece = [];
    for (const [x, z] of points) {
      const at = project(x, 0, z);
      if (at[2] > NEAREST) piece.push(at);
      else {
        if (piece.length > 1) figure.line(piece, colour, width);
        piece = [];
      }
    }
    if (piece.length > 1) figure.line(piece, colour, width);
  }

  function drawPath(frame) {
    const every = Math.max(1, Math.round(content.fps / 10));
    figure.context.globalAlpha = 0.45;
    path3d(path.filter((_, i) => i % every === 0), colours.path, 1);
    figure.context.globalAlpha = 1;
    path3d(path.slice(Math.max(0, frame - Math.round(TRAIL * content.fps)), frame + 1), colours.path, 2);
  }

  function drawShadow(frame) {
    content.skeleton.bones.forEach(([a, b], i) => {
      const [from, to] = [a, b].map((joint) => project(poses.at(frame, joint, 0), 0, poses.at(frame, joint, 2)));
      if (Math.min(from[2], to[2]) > NEAREST) figure.line([from, to], colours.shadow, 1.3 * thickness[i] * from[3]);
    });
  }

  function drawBody(frame) {
    const { bones, trunk, head, neck, nose } = content.skeleton;
    const at = (joint) => project(poses.at(frame, joint, 0), poses.at(frame, joint, 1), poses.at(frame, joint, 2));
    const centre = (joints) => project(...[0, 1, 2].map((axis) => poses.mean(frame, joints, axis)));
    const pieces = bones.map(([a, b, side], i) => {
      const ends = [at(a), at(b)];
      const width = (thickness[i] * (ends[0][3] + ends[1][3])) / 2;
      return { depth: (ends[0][2] + ends[1][2]) / 2, ends, width, paint: () => figure.limb(...ends, side, width) };
    });
    const corners = trunk.map(at);
    pieces.push({
      depth: Math.max(...corners.map((corner) => corner[2])),
      ends: corners,
      paint: () => {
        figure.context.globalAlpha = 0.28;
        figure.area(corners, colours.middle);
        figure.context.globalAlpha = 1;
      },
    });
    if (head.length) {
      const skull = centre(head);
      const ends = [centre(neck), skull];
      const width = 0.05 * skull[3];
      pieces.push({ depth: (ends[0][2] + ends[1][2]) / 2, ends, width, paint: () => figure.limb(...ends, MIDDLE, width) });
      const radius = HEAD_RADIUS * skull[3];
      pieces.push({
        depth: skull[2],
        ends: [skull],
        paint: () => {
          figure.disc(skull, radius + 1.5, colours.surface);
          figure.disc(skull, radius, colours.middle);
        },
      });
      if (nose !== null) {
        const tip = at(nose);
        pieces.push({ depth: tip[2], ends: [tip], paint: () => figure.disc(tip, 0.28 * radius, colours.ink) });
      }
    }
    pieces.sort((one, other) => other.depth - one.depth);
    for (const { ends, width, paint } of pieces) {
      if (ends.some((end) => end[2] < NEAREST)) continue;
      if (width) figure.line(ends, colours.surface, width + 3); // so that what lies in front stands out
      paint();
    }
  }

  /** Of every bone, m: long ones are thick, those around the trunk are not. */
  function boneThickness() {
    const { bones, trunk } = content.skeleton;
    const isOfTrunk = (joint) => trunk.includes(joint);
    return bones.map(([a, b]) => {
      const length = Math.hypot(...[0, 1, 2].map((axis) => poses.at(0, a, axis) - poses.at(0, b, axis)));
      return isOfTrunk(a) && isOfTrunk(b) ? 0.035 : Math.min(Math.max(0.14 * length, 0.025), 0.06);
    });
  }
}
