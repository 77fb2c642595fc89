// The keypoints as they were given, in the image; behind them the 3D motion projected back.

const MARGIN = 0.12; // of the dancer's extent, around it in the closer picture
const FAR = 0.6; // share of the image's height below which a dancer is first shown closer

/** [left, top, right, bottom] around all that is ever seen of the dancer, px. */
function extent() {
  const found = [Infinity, Infinity, -Infinity, -Infinity];
  for (const coordinates of [keypoints, reprojection]) {
    for (let frame = 0; frame <= lastFrame; frame++) {
      for (let joint = 0; joint < nJoints; joint++) {
        for (const axis of [0, 1]) {
          const value = coordinates.at(frame, joint, axis);
          if (value < found[axis]) found[axis] = value;
          if (value > found[axis + 2]) found[axis + 2] = value;
        }
      }
    }
  }
  const margin = MARGIN * Math.max(found[2] - found[0], found[3] - found[1]);
  return [found[0] - margin, found[1] - margin, found[2] + margin, found[3] + margin];
}

function connectKeypointsPanel(player) {
  const around = extent();
  const image = content.imageSize ? [0, 0, ...content.imageSize] : around;
  const closer = document.getElementById("closer");
  const isSeen = scores.some((value) => value > 0);
  let shown;

  const figure = new Figure("keypoints", draw);
  closer.hidden = image === around;
  closer.addEventListener("click", () => show(shown === image ? around : image));
  document.getElementById("score-legend").hidden = !isSeen;
  document.getElementById("reprojection-legend").hidden = !isSeen;
  if (!isSeen) document.getElementById("keypoints-title").textContent = "In the image (3D projected back)";
  player.onChange(() => figure.draw());
  show(around[3] - around[1] < FAR * image[3] ? around : image);

  function show(window) {
    shown = window;
    closer.setAttribute("aria-pressed", shown === around);
    figure.draw();
  }

  function draw() {
    const { context, width, height } = figure;
    const [left, top, right, bottom] = shown;
    const scale = Math.min(width / (right - left), height / (bottom - top));
    const place = ([x, y]) => [
      width / 2 + (x - (left + right) / 2) * scale,
      height / 2 + (y - (top + bottom) / 2) * scale,
    ];
    const [x, y] = place(image);
    context.fillStyle = colours.floor;
    context.fillRect(x, y, (image[2] - image[0]) * scale, (image[3] - image[1]) * scale);

    const frame = player.shown;
    const size = scale * personSize(frame);
    if (isSeen) {
      context.setLineDash([3, 4]);
      skeleton(reprojection, frame, place, (a, b) => figure.line([a, b], colours.muted, 1.2), () => 0.75);
      context.setLineDash([]);
    }
    const thickness = Math.min(Math.max(0.024 * size, 2.5), 9);
    skeleton(
      isSeen ? keypoints : reprojection, frame, place,
      (a, b, side) => figure.limb(a, b, side, thickness),
      (joint) => (isSeen ? opacity(score(frame, joint)) : 1),
      (at, side, isOfFace) => figure.disc(at, (isOfFace ? 0.4 : 0.62) * thickness, colourOf(side)),
    );
    context.globalAlpha = 1;
  }

  function opacity(value) {
    return value > 0 ? 0.12 + 0.88 * value : 0;
  }

  /** Of the dancer in a frame, px: what the lines' thickness goes by. */
  function personSize(frame) {
    let low = Infinity, high = -Infinity;
    for (let joint = 0; joint < nJoints; joint++) {
      const y = reprojection.at(frame, joint, 1);
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
    return high - low;
  }

  function skeleton(coordinates, frame, place, bone, alpha, dot) {
    const { bones, neck, head, face, sides } = content.skeleton;
    const at = (joint) => place([coordinates.at(frame, joint, 0), coordinates.at(frame, joint, 1)]);
    const draw = (from, to, visibility, side) => {
      if (!(visibility > 0) || Number.isNaN(from[0] + to[0])) return;
      figure.context.globalAlpha = visibility;
      bone(from, to, side);
    };
    const middle = (joints) => place([coordinates.mean(frame, joints, 0), coordinates.mean(frame, joints, 1)]);
    const least = (joints) => Math.min(...joints.map(alpha));
    if (head.length) draw(middle(neck), middle(head), least([...neck, ...head]), MIDDLE);
    for (const [a, b, side] of bones) draw(at(a), at(b), least([a, b]), side);
    if (!dot) return;
    for (const joint of new Set([...bones.flatMap(([a, b]) => [a, b]), ...face])) {
      const point = at(joint);
      if (!(alpha(joint) > 0) || Number.isNaN(point[0])) continue;
      figure.context.globalAlpha = alpha(joint);
      dot(point, sides[joint], face.includes(joint));
    }
  }
}
