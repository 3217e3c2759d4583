// The energy curve: drawn with a pointer, moved with keys; both write the form's own sliders.

const MARGIN = 10;
/** Heights that show what the named curves are like; the server draws them by the same numbers. */
const NAMED = { flat: [5, 5, 5, 5, 5], rise: [1, 3, 5, 7, 9], wave: [4, 8, 5, 2, 6], peak: [2, 6, 9, 6, 2], "cool-down": [9, 7, 5, 3, 1] };

/** @type {HTMLElement | null} */
const pad = document.querySelector("[data-own]");
const sliders = /** @type {HTMLInputElement[]} */ ([...pad.querySelectorAll("input")]);
const dots = [...pad.querySelectorAll("[data-own-dot]")];
const form = sliders[0].form;
const steps = Number(pad.dataset.steps);

const xOf = (at) => (100 * (at + 0.5)) / sliders.length;
const yOf = (height) => 100 - MARGIN - ((100 - 2 * MARGIN) * height) / steps;
const radio = (value) => /** @type {HTMLInputElement} */ (form.querySelector(`input[name="curve"][value="${value}"]`));

/** Draw the sliders as they stand. */
export function draw() {
  const points = sliders.map((slider, at) => [xOf(at), yOf(Number(slider.value))]);
  let path = `M0 ${points[0][1]}H${points[0][0]}`;
  for (let at = 1; at < points.length; at += 1) {
    const [x, y] = points[at];
    const middle = (points[at - 1][0] + x) / 2;
    path += `C${middle} ${points[at - 1][1]} ${middle} ${y} ${x} ${y}`;
  }
  path += "H100";
  pad.querySelector("[data-own-line]").setAttribute("d", path);
  pad.querySelector("[data-own-fill]").setAttribute("d", `${path}V100H0Z`);
  points.forEach(([x, y], at) => dots[at].setAttribute("d", `M${x} ${y}h0`));
}

/** Show the curve that is chosen by name, or a plain one. */
export function showChosen() {
  const chosen = form.querySelector('input[name="curve"]:checked')?.value ?? "";
  if (chosen !== "own") sliders.forEach((slider, at) => (slider.value = String(NAMED[chosen]?.[at] ?? steps / 2)));
  draw();
}

/** @param {PointerEvent} event */
function follow(event) {
  const box = pad.getBoundingClientRect();
  const part = (event.clientX - box.left) / box.width;
  const at = Math.min(sliders.length - 1, Math.max(0, Math.floor(part * sliders.length)));
  const share = (event.clientY - box.top) / box.height;
  const height = Math.round((steps * (1 - MARGIN / 100 - share)) / (1 - (2 * MARGIN) / 100));
  const value = String(Math.min(steps, Math.max(0, height)));
  const changed = sliders[at].value !== value || !radio("own").checked;
  sliders[at].value = value;
  radio("own").checked = true;
  if (changed) draw();
}

pad.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  pad.setPointerCapture(event.pointerId);
  follow(event);
});
pad.addEventListener("pointermove", (event) => {
  if (pad.hasPointerCapture(event.pointerId)) follow(event);
});
pad.addEventListener("pointerup", (event) => {
  if (pad.hasPointerCapture(event.pointerId)) sliders[0].dispatchEvent(new Event("change", { bubbles: true }));
});

for (const [at, slider] of sliders.entries()) {
  slider.addEventListener("input", () => {
    radio("own").checked = true;
    draw();
  });
  slider.addEventListener("focus", () => dots[at].toggleAttribute("data-now", slider.matches(":focus-visible")));
  slider.addEventListener("blur", () => dots[at].removeAttribute("data-now"));
}
form.addEventListener("change", (event) => {
  if (/** @type {HTMLInputElement} */ (event.target).name === "curve") showChosen();
});
pad.dataset.ready = "yes";
// A page from the browser's own cache shows its fields as they were left there.
addEventListener("pageshow", showChosen);
