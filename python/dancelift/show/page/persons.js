// Which of several dancers the page tells about.

class Choice {
  constructor() {
    this.person = persons[0];
    this.listeners = [];
  }

  /** Have a function called with the dancer that is chosen, now and whenever it is another. */
  onChange(listener) {
    this.listeners.push(listener);
    listener(this.person);
  }

  choose(person) {
    this.person = person;
    for (const listener of this.listeners) listener(person);
  }

  /** The dancers of a drawing, the chosen one last: all of them where they are together, else the chosen one. */
  drawn(areTogether) {
    return areTogether ? [...persons.filter((person) => person !== this.person), this.person] : [this.person];
  }
}

/** A button for every dancer, where there are several. */
function connectPersons(choice) {
  if (persons.length < 2) return;
  const bar = document.getElementById("persons");
  bar.hidden = false;
  for (const person of persons) {
    const button = element("button", "person", person.name);
    button.type = "button";
    button.addEventListener("click", () => choice.choose(person));
    choice.onChange((chosen) => button.setAttribute("aria-pressed", chosen === person));
    bar.append(button);
  }
  if (content.inOneRoom) return;
  const hint = document.getElementById("room-hint");
  hint.hidden = false;
  hint.textContent = "Lifted with cameras that differ: one dancer at a time in 3D.";
}

/** Elements of a panel for each dancer, made when first chosen; `make(person)` returns what `show` is called with. */
function perPerson(choice, container, make) {
  const made = new Map();
  choice.onChange((person) => {
    if (!made.has(person)) {
      const tracks = element("div", "tracks");
      container.append(tracks);
      made.set(person, { tracks, about: make(person, tracks) });
    }
    for (const [other, { tracks }] of made) tracks.hidden = other !== person;
  });
  return () => made.get(choice.person).about;
}
