// What speaks for the genre, in words; each goes to its moment.

function connectReasons(player, timeline) {
  if (!content.reasons.length) return;
  const most = content.genres.reduce((one, other) => (other.probability > one.probability ? other : one));
  const section = document.getElementById("reasons");
  section.hidden = false;
  document.getElementById("stage").classList.add("with-reasons");
  document.getElementById("reasons-title").textContent = `Why ${most.name}`;
  const list = section.querySelector("ol");
  const heaviest = Math.max(...content.reasons.map((reason) => Math.abs(reason.effect)));

  for (const reason of content.reasons) {
    const button = element("button", "reason");
    button.type = "button";
    const place = element("span", "place");
    place.append(
      element("span", "part", reason.part),
      element("span", "when", `${clockTime(reason.start)} – ${clockTime(reason.end)}`),
    );
    const without = Math.min(Math.max(most.probability - reason.effect, 0), 1);
    const bar = element("span", "share");
    bar.appendChild(element("span")).style.width = `${(100 * Math.abs(reason.effect)) / heaviest}%`;
    const taken = list.childElementCount ? "Without this and those above" : "Without it";
    const effect = `${taken} ${most.name} ${reason.effect < 0 ? "rises" : "falls"} to ${percent(without)}`;
    button.append(place, element("span", "text", reason.text), bar, element("span", "effect", effect));
    button.addEventListener("click", () => {
      player.seek(Math.round(reason.start * content.fps));
      timeline.reveal(reason.part, reason.start, reason.end);
      for (const other of list.querySelectorAll("button")) other.setAttribute("aria-current", other === button);
      document.getElementById("lift").scrollIntoView({ block: "nearest" });
    });
    const item = element("li");
    item.append(button);
    list.append(item);
  }
}
