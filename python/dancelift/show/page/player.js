// The time that everything on the page shows, and what moves it.

class Player {
  constructor() {
    this.frame = 0; // between two frames while playing
    this.playing = false;
    this.speed = 1;
    this.listeners = [];
  }

  get shown() {
    return Math.floor(this.frame);
  }

  /** Have a function called whenever the time or the state changes. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  notify() {
    for (const listener of this.listeners) listener();
  }

  seek(frame) {
    this.frame = Math.min(Math.max(frame, 0), lastFrame);
    this.notify();
  }

  step(nFrames) {
    this.seek(this.shown + nFrames);
  }

  toggle() {
    this.playing = !this.playing;
    if (this.playing) {
      if (this.shown === lastFrame) this.frame = 0;
      this.last = null;
      requestAnimationFrame((now) => this.tick(now));
    }
    this.notify();
  }

  tick(now) {
    if (!this.playing) return;
    const elapsed = this.last === null ? 0 : now - this.last;
    this.last = now;
    const next = this.frame + (elapsed / 1000) * content.fps * this.speed;
    if (next >= lastFrame) this.playing = false;
    else requestAnimationFrame((later) => this.tick(later));
    this.seek(next);
  }
}

/** Buttons, slider and keys; a key that a control has a use for itself is left to it. */
function connectTransport(player) {
  const play = document.getElementById("play");
  const icon = play.querySelector("path");
  const slider = document.getElementById("time");
  const clock = document.getElementById("clock");
  const speed = document.getElementById("speed");
  const end = clockTime(content.nFrames / content.fps);

  slider.max = lastFrame;
  slider.addEventListener("input", () => player.seek(Number(slider.value)));
  play.addEventListener("click", () => player.toggle());
  document.getElementById("back").addEventListener("click", () => player.step(-1));
  document.getElementById("forward").addEventListener("click", () => player.step(1));
  speed.addEventListener("change", () => { player.speed = Number(speed.value); });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const isFocusOn = (selector) => event.target.matches?.(selector);
    if (isFocusOn("select")) return;
    if (event.key === " " && !isFocusOn("button")) player.toggle();
    else if (event.key === "ArrowLeft") player.step(event.shiftKey ? -Math.round(content.fps) : -1);
    else if (event.key === "ArrowRight") player.step(event.shiftKey ? Math.round(content.fps) : 1);
    else return;
    event.preventDefault();
  });

  player.onChange(() => {
    slider.value = player.shown;
    const now = clockTime(player.shown / content.fps);
    slider.setAttribute("aria-valuetext", now);
    clock.textContent = `${now} / ${end}`;
    play.setAttribute("aria-label", player.playing ? "Pause" : "Play");
    icon.setAttribute("d", player.playing ? "M4 3H8V17H4ZM12 3H16V17H12Z" : "M5 3L17 10L5 17Z");
  });
}
