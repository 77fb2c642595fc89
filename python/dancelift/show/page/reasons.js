// What speaks for the genre, in words; each goes to its moment.

/** `rows()`: the timeline of the chosen dancer. */
function connectReasons(player, choice, rows) {
  const section = document.getElementById("reasons");
  const list = section.querySelector("ol");
  choice.onChange((person) => {
    section.hidden = person.reasons.length === 0;
    document.getElementById("stage").classList.toggle("with-reasons", !section.hidden);
    if (section.hidden) return;
    const [most] = ranked(person);
    const title = person.genre === null ? `What speaks for ${most.name}, the nearest` : `Why ${most.name}`;
    document.getElementById("reasons-title").textContent = title;
    const buttons = person.reasons.map((reason, i) => reasonButton(person, reason, most, i === 0));
    buttons.forEach((button, i) => {
      const reason = person.reasons[i];
      button.addEventListener("click", () => {
        player.seek(Math.round(reason.start * content.fps));
        rows().reveal(reason.part, reason.start, reason.end);
        for (const other of buttons) other.setAttribute("aria-current", other === button);
        document.getElementById("lift").scrollIntoView({ block: "nearest" });
      });
    });
    list.replaceChildren(...buttons.map((button) => {
      const item = element("li");
      item.append(button);
      return item;
    }));
  });
}

function reasonButton(person, reason, genre, isFirst) {
  const heaviest = Math.max(...person.reasons.map(({ effect }) => Math.abs(effect)));
  const button = element("button", "reason");
  button.type = "button";
  const place = element("span", "place");
  place.append(
    element("span", "part", reason.part),
    element("span", "when", `${clockTime(reason.start)} – ${clockTime(reason.end)}`),
  );
  const without = Math.min(Math.max(genre.probability - reason.effect, 0), 1);
  const bar = element("span", "share");
  bar.appendChild(element("span")).style.width = `${(100 * Math.abs(reason.effect)) / heaviest}%`;
  const taken = isFirst ? "Without it" : "Without this and those above";
  const effect = `${taken} ${genre.name} ${reason.effect < 0 ? "rises" : "falls"} to ${percent(without)}`;
  button.append(place, element("span", "text", reason.text), bar, element("span", "effect", effect));
  return button;
}
