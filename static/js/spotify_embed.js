// An embed of Spotify's is asked for only when somebody opens it, and is gone when it is closed.
for (const details of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("[data-embed]"))) {
  details.addEventListener("toggle", () => {
    details.querySelector("iframe")?.remove();
    if (!details.open) return;
    const frame = document.createElement("iframe");
    frame.title = details.dataset.embedTitle ?? "";
    frame.allow = "encrypted-media; autoplay";
    frame.loading = "lazy";
    frame.src = details.dataset.embed ?? "";
    details.append(frame);
  });
}
