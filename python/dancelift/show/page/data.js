"use strict";

// What the page shows: `content` as report.py wrote it, with its arrays unpacked.

const MIDDLE = 0, LEFT = 1, RIGHT = 2;
const MISSING = -32768;

const content = JSON.parse(document.getElementById("content").textContent);

function bytes(base64) {
  const text = atob(base64);
  const found = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) found[i] = text.charCodeAt(i);
  return found;
}

/** Coordinates of every frame and joint: at(frame, joint, axis), NaN where missing. */
class Coordinates {
  constructor(packed, nJoints, nAxes) {
    this.unit = packed.unit;
    this.nJoints = nJoints;
    this.nAxes = nAxes;
    const raw = new DataView(bytes(packed.data).buffer);
    this.counts = new Int16Array(raw.byteLength / 2);
    for (let i = 0; i < this.counts.length; i++) this.counts[i] = raw.getInt16(2 * i, true);
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

const nJoints = content.skeleton.nJoints;
const poses = new Coordinates(content.poses, nJoints, 3);
const reprojection = new Coordinates(content.reprojection, nJoints, 2);
const keypoints = new Coordinates(content.keypoints, nJoints, 2);
const scores = bytes(content.scores);
const lastFrame = content.nFrames - 1;

function score(frame, joint) {
  return scores[frame * nJoints + joint] / 255;
}

/** m:ss.s of a time in s. */
function clockTime(seconds) {
  const tenths = Math.round(10 * seconds);
  const rest = tenths % 600;
  return `${Math.floor(tenths / 600)}:${rest < 100 ? "0" : ""}${(rest / 10).toFixed(1)}`;
}

function percent(probability) {
  return `${Math.round(100 * probability)} %`;
}

/** An element with a class and text, which is never taken as HTML. */
function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function svgElement(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
