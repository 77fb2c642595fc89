// Puts the page together.

const player = new Player();
const axis = new TimeAxis(player);

readColours();
connectTransport(player);
connectKeypointsPanel(player);
connectLiftPanel(player);
connectGenre(axis);
connectReasons(player, new Timeline(player, axis));

document.getElementById("about").textContent =
  `${clockTime(content.nFrames / content.fps)} · ${content.nFrames} frames, ` +
  `${Math.round(100 * content.fps) / 100} a second · ${content.movements.length} movements take place`;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  readColours();
  player.notify();
});
player.notify();
