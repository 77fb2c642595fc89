// What the page shows: `content` as content.py wrote it, with its arrays unpacked.

const MIDDLE = 0, LEFT = 1, RIGHT = 2;
const SIDE_CLASS = ["middle", "left", "right"];
const NONE_KNOWN = "None of the dances that are known";

/** Numbers of 16 bits, or of 32, as they were packed: the lowest byte first. */
function integers(base64, nBytes) {
  const raw = new DataView(bytes(base64).buffer);
  const found = new Int32Array(raw.byteLength / nBytes);
  for (let i = 0; i < found.length; i++) {
    found[i] = nBytes === 2 ? raw.getInt16(2 * i, true) : raw.getInt32(4 * i, true);
  }
  return found;
}

/** Coordinates of every frame and joint: at(frame, joint, axis), NaN where missing. */
class Coordinates {
  constructor(packed, nJoints, nAxes) {
    this.unit = packed.unit;
    this.nJoints = nJoints;
    this.nAxes = nAxes;
    this.counts = Int16Array.from(integers(packed.data, 2));
  }

  at(frame, joint, axis) {
    const count = this.counts[(frame * this.nJoints + joint) * this.nAxes + axis];
    return count === MISSING ? NaN : count * this.unit;
  }

  /** The mean of some joints. */
  mean(frame, joints, axis) {
    let sum = 0;
    for (const joint of joints) sum += this.at(frame, joint, axis);
    return sum / joints.length;
  }
}

/** One dancer. Frames are the dancer's own, unless they are said to be the page's, as those of `span` and movements. */
class Person {
  constructor(packed) {
    Object.assign(this, packed);
    const { nJoints } = packed.skeleton;
    this.nJoints = nJoints;
    this.frames = integers(packed.frames, 4);
    this.span = [this.frames.findIndex((own) => own >= 0), this.frames.findLastIndex((own) => own >= 0) + 1];
    this.poses = new Coordinates(packed.poses, nJoints, 3);
    this.reprojection = new Coordinates(packed.reprojection, nJoints, 2);
    this.keypoints = new Coordinates(packed.keypoints, nJoints, 2);
    this.scores = bytes(packed.scores);
    this.isSeen = this.scores.some((value) => value > 0);
    this.deviations = packed.deviations && bytes(packed.deviations.data);
    this.deviationUnit = packed.deviations?.unit;
  }

  /** The dancer's frame at a frame of the page; -1: not there. */
  frameAt(pageFrame) {
    return this.frames[pageFrame];
  }

  score(frame, joint) {
    return this.scores[frame * this.nJoints + joint] / 255;
  }

  /** Standard deviation of a joint in m: across the line of sight, and along it. */
  deviation(frame, joint) {
    const at = 2 * (frame * this.nJoints + joint);
    return [this.deviations[at] * this.deviationUnit, this.deviations[at + 1] * this.deviationUnit];
  }

  /** Movements that take place at a frame of the page. */
  movementsAt(pageFrame) {
    return this.movements.filter(({ runs }) => runs.some(([start, end]) => start <= pageFrame && pageFrame < end));
  }
}

const persons = content.persons.map((packed) => new Person(packed));

function percent(probability) {
  return `${Math.round(100 * probability)} %`;
}

/** A standard deviation of m as people say it. */
function plusMinus(metres) {
  return `±${Math.round(100 * metres)} cm`;
}
