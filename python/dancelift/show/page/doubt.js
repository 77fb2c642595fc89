// How sure each joint is: one standard deviation along the line of sight, where one camera sees least.

const MOST_POINTS = 1500; // of a curve
const SAID_AT_ONCE = 2; // joints that are named beside the picture
const SAID_EVERY = 0.25; // s of the clip between two changes of what is said while it plays

function connectDoubt(player, axis, choice) {
  const section = document.getElementById("doubt");
  const now = document.getElementById("doubt-now");
  const rows = perPerson(choice, section, (person, tracks) => person.deviations && new Doubt(axis, person, tracks));
  let saidAt = -1;
  const tell = () => {
    const every = Math.max(1, Math.round(SAID_EVERY * content.fps));
    const at = player.playing ? Math.floor(player.shown / every) : `${player.shown}`;
    if (at === saidAt) return;
    saidAt = at;
    rows()?.tell(player.shown);
    now.textContent = leastSure(choice.person, player.shown, plusMinus);
  };
  player.onChange(tell);
  choice.onChange((person) => {
    section.hidden = now.hidden = !person.deviations;
    document.getElementById("doubt-scale").textContent = rows()?.scale ?? "";
    saidAt = -1;
    tell();
  });
}

/** "Least sure: left wrist ±12 cm, ..." of a dancer at a frame of the page; empty where it is not known. */
function leastSure(person, pageFrame, inWords) {
  const frame = person.frameAt(pageFrame);
  if (!person.deviations || frame < 0) return "";
  const joints = person.skeleton.limbs.map(({ joint, name }) => ({ name, along: person.deviation(frame, joint)[1] }));
  joints.sort((one, other) => other.along - one.along);
  const named = joints.slice(0, SAID_AT_ONCE).map(({ name, along }) => `${name} ${inWords(along)}`);
  return named.length ? `Least sure: ${named.join(", ")}` : "";
}

/** A row for the mean, and under it one for every joint of the limbs. */
class Doubt {
  constructor(axis, person, container) {
    this.person = person;
    this.axis = axis;
    this.rows = [];
    this.rowOf = new Map(); // by track
    const { limbs } = person.skeleton;
    const along = limbs.map(({ joint }) => Float32Array.from(
      { length: person.nFrames }, (_, frame) => person.deviation(frame, joint)[1]));
    const mean = Float32Array.from(
      { length: person.nFrames }, (_, frame) => along.reduce((sum, of) => sum + of[frame], 0) / (limbs.length || 1));
    const curves = [mean, ...along].map((values) => this.curve(values));
    const top = curves.flat().reduce((most, [, value]) => Math.max(most, value), 0) || 1;
    this.scale = `First the mean of elbows, wrists, knees and ankles; the top of a row is ${plusMinus(top)}.`;

    container.append(timeRuler(axis));
    const head = element("button", "label fold");
    head.type = "button";
    const joints = element("div", "joints");
    joints.id = `doubt-${persons.indexOf(person)}`;
    head.setAttribute("aria-controls", joints.id);
    const words = element("span", "words");
    words.append(element("span", "name", "arms and legs"), element("span", "now"));
    head.append(element("span", "arrow"), words);
    const row = this.add(head, mean, curves[0], top, MIDDLE);
    row.classList.add("mean");
    container.append(row, joints);
    limbs.forEach(({ joint, name }, i) => {
      const label = element("div", "label");
      label.append(element("span", "name", name), element("span", "now"));
      joints.append(this.add(label, along[i], curves[i + 1], top, person.skeleton.sides[joint]));
    });
    const fold = (isFolded) => {
      joints.hidden = isFolded;
      row.classList.toggle("open", !isFolded);
      head.setAttribute("aria-expanded", !isFolded);
    };
    fold(true);
    head.addEventListener("click", () => fold(!joints.hidden));
    axis.connect(container, (track, frame) => this.about(track, frame));
  }

  /** [frame of the page, value] of a curve over time, means of several frames where there are many. */
  curve(values) {
    const every = Math.max(1, Math.ceil(content.nFrames / MOST_POINTS));
    const found = [];
    for (let start = 0; start < content.nFrames; start += every) {
      let sum = 0, n = 0;
      for (let frame = start; frame < Math.min(start + every, content.nFrames); frame++) {
        const own = this.person.frameAt(frame);
        if (own < 0) continue;
        sum += values[own];
        n++;
      }
      if (n) found.push([Math.min(start + every / 2, this.person.span[1]), sum / n]);
    }
    return found;
  }

  add(label, values, curve, top, side) {
    const row = element("div", `row doubt ${SIDE_CLASS[side]}`);
    const track = element("div", "track");
    const picture = this.axis.picture();
    const heights = curve.map(([, value]) => (0.94 * value) / top);
    picture.append(...areaUnder(curve.map(([x]) => x), heights, this.person.span));
    track.append(picture);
    row.append(label, track);
    const about = { values, name: label.querySelector(".name").textContent, now: label.querySelector(".now") };
    this.rows.push(about);
    this.rowOf.set(track, about);
    return row;
  }

  tell(pageFrame) {
    const frame = this.person.frameAt(pageFrame);
    for (const { values, now } of this.rows) now.textContent = frame < 0 ? "" : plusMinus(values[frame]);
  }

  about(track, pageFrame) {
    const row = this.rowOf.get(track);
    const frame = this.person.frameAt(Math.min(Math.max(Math.floor(pageFrame), 0), lastFrame));
    if (!row || frame < 0) return [];
    const line = element("p");
    line.append(
      element("strong", "", `${row.name} ${plusMinus(row.values[frame])}`),
      element("span", "when", clockTime(pageFrame / content.fps)),
    );
    return [line];
  }
}
