// Tells people who do not see the page what takes place at the moment where it was stopped; while it plays, nothing.

const SETTLED = 700; // ms without a change of the time, after which it is told

function connectAnnouncer(player, choice) {
  const region = document.getElementById("announcement");
  let told = `${persons.indexOf(choice.person)} ${player.shown}`; // what the page opens with is there to be read
  let waiting = null;

  function tell() {
    const { person } = choice;
    const moment = `${persons.indexOf(person)} ${player.shown}`;
    if (player.playing || moment === told) return;
    told = moment;
    const names = person.movementsAt(player.shown).map(({ name }) => name);
    const words = [
      clockTime(player.shown / content.fps),
      ...(persons.length > 1 ? [person.name] : []),
      person.frameAt(player.shown) < 0 ? "not in the picture" : names.join(", ") || "no movement",
      leastSure(person, player.shown, (metres) => `${Math.round(100 * metres)} centimetres`),
    ];
    region.textContent = `${words.filter(Boolean).join(". ")}.`;
  }

  function wait() {
    clearTimeout(waiting);
    waiting = setTimeout(tell, SETTLED);
  }

  player.onChange(wait);
  choice.onChange(wait);
}
