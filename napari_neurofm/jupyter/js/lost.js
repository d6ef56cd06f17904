// Whether the kernel that a widget belongs to has ended: nobody hears what its page says then, and nobody will.

export const LOST = "The kernel was restarted; run the cell again.";
const ENDS = ["restarting", "autorestarting", "terminating", "dead"];

/** Tell, once, that it has ended, unless `signal` says first that nobody wants to know. */
export function followKernel(model, signal, call) {
  const kernel = model.widget_manager?.kernel; // JupyterLab's and Notebook's; others have none
  const status = (_, now) => { if (ENDS.includes(now)) end(); };
  const stop = () => {
    model.off("comm_live_update", end);
    kernel?.statusChanged?.disconnect(status);
    kernel?.disposed?.disconnect(end);
  };
  const end = () => { stop(); call(); };
  model.on("comm_live_update", end);
  kernel?.statusChanged?.connect(status);
  kernel?.disposed?.connect(end);
  signal.addEventListener("abort", stop);
}
