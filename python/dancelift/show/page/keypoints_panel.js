// The keypoints as they were given, in the image; behind them the 3D motion projected back.

const MARGIN = 0.12; // of the dancers' extent, around it in the closer picture
const FAR = 0.6; // share of the image's height below which a dancer is first shown closer

/** [left, top, right, bottom] around all that is ever seen of the dancers, px. */
function extent(dancers) {
  const found = [Infinity, Infinity, -Infinity, -Infinity];
  for (const person of dancers) {
    for (const coordinates of [person.keypoints, person.reprojection]) {
      for (let frame = 0; frame < person.nFrames; frame++) {
        for (let joint = 0; joint < person.nJoints; joint++) {
          for (const axis of [0, 1]) {
            const value = coordinates.at(frame, joint, axis);
            if (value < found[axis]) found[axis] = value;
            if (value > found[axis + 2]) found[axis + 2] = value;
          }
        }
      }
    }
  }
  const margin = MARGIN * Math.max(found[2] - found[0], found[3] - found[1]);
  return [found[0] - margin, found[1] - margin, found[2] + margin, found[3] + margin];
}

function connectKeypointsPanel(player, choice) {
  const closer = document.getElementById("closer");
  const title = document.getElementById("keypoints-title");
  const figure = new Figure("keypoints", draw);
  let around, image, isCloser = null;

  closer.addEventListener("click", () => show(!isCloser));
  player.onChange(() => figure.draw());
  choice.onChange((person) => {
    around = extent(choice.drawn(content.inOnePicture));
    image = person.imageSize ? [0, 0, ...person.imageSize] : around;
    closer.hidden = image === around;
    document.getElementById("score-legend").hidden = !person.isSeen;
    document.getElementById("reprojection-legend").hidden = !person.isSeen;
    title.textContent = person.isSeen ? "Keypoints" : "In the image (3D projected back)";
    show(isCloser ?? around[3] - around[1] < FAR * image[3]);
  });

  function show(newCloser) {
    isCloser = newCloser;
    closer.setAttribute("aria-pressed", isCloser);
    figure.draw();
  }

  function draw() {
    const { context, width, height } = figure;
    const [left, top, right, bottom] = isCloser ? around : image;
    const scale = Math.min(width / (right - left), height / (bottom - top));
    const place = ([x, y]) => [
      width / 2 + (x - (left + right) / 2) * scale,
      height / 2 + (y - (top + bottom) / 2) * scale,
    ];
    const [x, y] = place(image);
    context.fillStyle = colours.floor;
    context.fillRect(x, y, (image[2] - image[0]) * scale, (image[3] - image[1]) * scale);
    const there = choice.drawn(content.inOnePicture)
      .map((person) => ({ person, frame: person.frameAt(player.shown) }))
      .filter(({ frame }) => frame >= 0);
    for (const { person, frame } of there) drawPerson(person, frame, place, scale);
    if (persons.length > 1) for (const { person, frame } of there.reverse()) drawName(person, frame, place);
  }

  function drawName(person, frame, place) {
    const [low] = reach(person, frame);
    const [x, y] = place([person.reprojection.mean(frame, person.skeleton.hips, 0), low]);
    figure.words([x, y - 14], person.name, person === choice.person);
  }

  function drawPerson(person, frame, place, scale) {
    const { context } = figure;
    const strength = person === choice.person ? 1 : OTHERS_ALPHA;
    const [low, high] = reach(person, frame);
    if (person.isSeen) {
      context.setLineDash([3, 4]);
      skeleton(person, person.reprojection, frame, place, (a, b) => figure.line([a, b], colours.muted, 1.2),
        () => 0.75 * strength);
      context.setLineDash([]);
    }
    const thickness = Math.min(Math.max(0.024 * scale * (high - low), 2.5), 9);
    skeleton(
      person, person.isSeen ? person.keypoints : person.reprojection, frame, place,
      (a, b, side) => figure.limb(a, b, side, thickness),
      (joint) => strength * (person.isSeen ? opacity(person.score(frame, joint)) : 1),
      (at, side, isOfFace) => figure.disc(at, (isOfFace ? 0.4 : 0.62) * thickness, colourOf(side)),
    );
    context.globalAlpha = 1;
  }

  function opacity(value) {
    return value > 0 ? 0.12 + 0.88 * value : 0;
  }

  /** Of the dancer in a frame, top and bottom, px: what the lines' thickness goes by. */
  function reach(person, frame) {
    let low = Infinity, high = -Infinity;
    for (let joint = 0; joint < person.nJoints; joint++) {
      const y = person.reprojection.at(frame, joint, 1);
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
    return [low, high];
  }

  function skeleton(person, coordinates, frame, place, bone, alpha, dot) {
    const { bones, neck, head, face, sides } = person.skeleton;
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
