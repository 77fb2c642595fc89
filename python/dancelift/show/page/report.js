// Puts the page together.

const player = new Player();
const axis = new TimeAxis(player);
const choice = new Choice();

readColours();
connectTransport(player);
connectPersons(choice);
connectKeypointsPanel(player, choice);
connectLiftPanel(player, choice);
connectGenre(axis, choice);
connectDoubt(player, axis, choice);
connectReasons(player, choice, connectTimeline(player, axis, choice));
connectAnnouncer(player, choice);

choice.onChange((person) => {
  document.getElementById("about").textContent =
    `${clockTime(person.nFrames / person.fps)} · ${person.nFrames} frames, ` +
    `${Math.round(100 * person.fps) / 100} a second · ${person.movements.length} movements take place`;
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  readColours();
  player.notify();
});
player.notify();
