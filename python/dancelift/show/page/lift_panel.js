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

/** [x, z] of the hips' middle on the floor in every frame of a dancer. */
function floorPath({ skeleton: { hips }, poses, nFrames }) {
  return Array.from({ length: nFrames }, (_, frame) => [poses.mean(frame, hips, 0), poses.mean(frame, hips, 2)]);
}

function smoothed(path, fps) {
  const reach = Math.max(1, Math.round(FOLLOWING * fps));
  const sums = [[0, 0]];
  for (const [x, z] of path) sums.push([sums.at(-1)[0] + x, sums.at(-1)[1] + z]);
  return path.map((_, frame) => {
    const from = Math.max(0, frame - reach), to = Math.min(path.length, frame + reach + 1);
    return [0, 1].map((axis) => (sums[to][axis] - sums[from][axis]) / (to - from));
  });
}

function connectLiftPanel(player, choice) {
  const paths = new Map(persons.map((person) => [person, floorPath(person)]));
  const followed = new Map(persons.map((person) => [person, smoothed(paths.get(person), person.fps)]));
  const thickness = new Map(persons.map((person) => [person, boneThickness(person)]));
  const followButton = document.getElementById("follow");
  const doubtButton = document.getElementById("show-doubt");
  const figure = new Figure("lift", draw);
  let middle, reach; // of all paths that are drawn, m
  let showsDoubt = true;
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
  doubtButton.addEventListener("click", () => {
    showsDoubt = !showsDoubt;
    doubtButton.setAttribute("aria-pressed", showsDoubt);
    figure.draw();
  });
  player.onChange(() => figure.draw());
  choice.onChange((person) => {
    const places = choice.drawn(content.inOneRoom).flatMap((each) => paths.get(each));
    const low = [0, 1].map((axis) => places.reduce((least, at) => Math.min(least, at[axis]), Infinity));
    const high = [0, 1].map((axis) => places.reduce((most, at) => Math.max(most, at[axis]), -Infinity));
    middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
    reach = Math.hypot(high[0] - low[0], high[1] - low[1]) / 2;
    doubtButton.hidden = document.getElementById("doubt-legend").hidden = !person.deviations;
    figure.draw();
  });

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
    const target = follow ? followedAt(player.shown) : middle;
    project = projection(target);
    drawFloor(target, follow ? 2 : 2 + reach);
    const shown = choice.drawn(content.inOneRoom);
    const there = shown.map((person) => ({ person, frame: person.frameAt(player.shown) }))
      .filter(({ frame }) => frame >= 0);
    for (const { person, frame } of there) drawPath(person, frame);
    for (const { person, frame } of there) drawShadow(person, frame);
    drawPieces(there.flatMap(({ person, frame }) => piecesOf(person, frame)));
    if (showsDoubt) for (const { person, frame } of there) drawDoubt(person, frame);
    if (persons.length > 1) for (const { person, frame } of there.reverse()) drawName(person, frame);
  }

  /** Where the chosen dancer is; while not there, where last seen. */
  function followedAt(pageFrame) {
    const places = followed.get(choice.person);
    for (let frame = pageFrame; frame >= 0; frame--) {
      const own = choice.person.frameAt(frame);
      if (own >= 0) return places[own];
    }
    return places[0];
  }

  function strength(person) {
    return person === choice.person ? 1 : OTHERS_ALPHA;
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

  function drawPath(person, frame) {
    const path = paths.get(person);
    const every = Math.max(1, Math.round(person.fps / 10));
    figure.context.globalAlpha = 0.45 * strength(person);
    path3d(path.filter((_, i) => i % every === 0), colours.path, 1);
    figure.context.globalAlpha = strength(person);
    path3d(path.slice(Math.max(0, frame - Math.round(TRAIL * person.fps)), frame + 1), colours.path, 2);
    figure.context.globalAlpha = 1;
  }

  function drawShadow(person, frame) {
    const { skeleton: { bones }, poses } = person;
    figure.context.globalAlpha = strength(person);
    bones.forEach(([a, b], i) => {
      const [from, to] = [a, b].map((joint) => project(poses.at(frame, joint, 0), 0, poses.at(frame, joint, 2)));
      const width = 1.3 * thickness.get(person)[i] * from[3];
      if (Math.min(from[2], to[2]) > NEAREST) figure.line([from, to], colours.shadow, width);
    });
    figure.context.globalAlpha = 1;
  }

  /**
   * Around every joint, what holds it with one standard deviation: an ellipsoid that is long along the line of sight
   * of the camera that filmed. Seen from elsewhere it is an ellipse, by its covariance a² I + (b² - a²) u uᵀ, where u
   * is the line of sight as it is seen.
   */
  function drawDoubt(person, frame) {
    if (!person.deviations) return;
    const { skeleton: { bones, sides }, poses, eye } = person;
    const [sinA, cosA, sinE, cosE] = [Math.sin(azimuth), Math.cos(azimuth), Math.sin(elevation), Math.cos(elevation)];
    figure.context.globalAlpha = strength(person);
    for (const joint of new Set(bones.flatMap(([a, b]) => [a, b]))) {
      const place = [0, 1, 2].map((axis) => poses.at(frame, joint, axis));
      const at = project(...place);
      if (at[2] < NEAREST) continue;
      const sight = place.map((value, axis) => value - eye[axis]);
      const [dx, dy, dz] = sight.map((value) => value / Math.hypot(...sight));
      const u = [cosA * dx - sinA * dz, sinE * (sinA * dx + cosA * dz) - cosE * dy];
      const [across, along] = person.deviation(frame, joint);
      const long = Math.sqrt(across ** 2 + (along ** 2 - across ** 2) * (u[0] ** 2 + u[1] ** 2));
      figure.ellipse(at, [long * at[3], across * at[3]], Math.atan2(u[1], u[0]), sides[joint], 1);
    }
    figure.context.globalAlpha = 1;
  }

  /** What to paint of a dancer, each with how far away it is. */
  function piecesOf(person, frame) {
    const { skeleton: { bones, trunk, head, neck, nose }, poses } = person;
    const alpha = strength(person);
    const at = (joint) => project(poses.at(frame, joint, 0), poses.at(frame, joint, 1), poses.at(frame, joint, 2));
    const centre = (joints) => project(...[0, 1, 2].map((axis) => poses.mean(frame, joints, axis)));
    const pieces = bones.map(([a, b, side], i) => {
      const ends = [at(a), at(b)];
      const width = (thickness.get(person)[i] * (ends[0][3] + ends[1][3])) / 2;
      const depth = (ends[0][2] + ends[1][2]) / 2;
      return { depth, ends, width, alpha, paint: () => figure.limb(...ends, side, width) };
    });
    const corners = trunk.map(at);
    pieces.push({
      depth: Math.max(...corners.map((corner) => corner[2])),
      ends: corners,
      alpha: 0.28 * alpha,
      paint: () => figure.area(corners, colours.middle),
    });
    if (!head.length) return pieces;
    const skull = centre(head);
    const ends = [centre(neck), skull];
    const width = 0.05 * skull[3];
    const neckDepth = (ends[0][2] + ends[1][2]) / 2;
    pieces.push({ depth: neckDepth, ends, width, alpha, paint: () => figure.limb(...ends, MIDDLE, width) });
    const radius = HEAD_RADIUS * skull[3];
    pieces.push({
      depth: skull[2],
      ends: [skull],
      alpha,
      paint: () => {
        figure.disc(skull, radius + 1.5, colours.surface);
        figure.disc(skull, radius, colours.middle);
      },
    });
    if (nose !== null) {
      const tip = at(nose);
      pieces.push({ depth: tip[2], ends: [tip], alpha, paint: () => figure.disc(tip, 0.28 * radius, colours.ink) });
    }
    return pieces;
  }

  /** The furthest first. */
  function drawPieces(pieces) {
    pieces.sort((one, other) => other.depth - one.depth);
    for (const { ends, width, alpha, paint } of pieces) {
      if (ends.some((end) => end[2] < NEAREST)) continue;
      figure.context.globalAlpha = alpha;
      if (width) figure.line(ends, colours.surface, width + 3); // so that what lies in front stands out
      paint();
    }
    figure.context.globalAlpha = 1;
  }

  function drawName(person, frame) {
    const { skeleton: { head, neck }, poses } = person;
    const joints = head.length ? head : neck;
    const place = [0, 1, 2].map((axis) => poses.mean(frame, joints, axis));
    const at = project(place[0], place[1] + 2 * HEAD_RADIUS, place[2]);
    if (at[2] > NEAREST) figure.words(at, person.name, person === choice.person);
  }

  /** Of every bone, m: long ones are thick, those around the trunk are not. */
  function boneThickness({ skeleton: { bones, trunk }, poses }) {
    const isOfTrunk = (joint) => trunk.includes(joint);
    return bones.map(([a, b]) => {
      const length = Math.hypot(...[0, 1, 2].map((axis) => poses.at(0, a, axis) - poses.at(0, b, axis)));
      return isOfTrunk(a) && isOfTrunk(b) ? 0.035 : Math.min(Math.max(0.14 * length, 0.025), 0.06);
    });
  }
}
