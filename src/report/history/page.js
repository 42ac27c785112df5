"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const box = document.getElementById("chart");
  const said = document.getElementById("said");
  const color = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const digits = (value) => {
    const size = Math.abs(value);
    return size === 0 ? "0" : size < 1 ? value.toPrecision(3) : size < 100 ? value.toFixed(2) : Math.round(value).toLocaleString("en");
  };
  const night = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : night.matches);
  // A target keeps its colour whichever metric is drawn; beyond the colours a line is dashed and its dots are filled.
  const look = (name) => {
    const colours = data.colours[dark() ? "dark" : "light"];
    const at = data.targets.indexOf(name);
    const stroke = colours[at % colours.length];
    const turn = Math.floor(at / colours.length);
    const dash = turn === 0 ? undefined : [9 - Math.min(turn, 3) * 2, 3 + turn];
    return { stroke, dash, points: { show: true, size: 6, stroke, fill: turn === 0 ? color("card") : stroke } };
  };
  let plot, chosen = Math.max(0, data.metrics.findIndex((one) => one.metric === "startup.first_ok"));

  function draw() {
    if (plot) plot.destroy();
    const series = data.metrics[chosen];
    if (!series) return;
    const names = Object.keys(series.targets);
    const axis = { stroke: color("quiet"), grid: { stroke: color("line"), width: 1 }, ticks: { stroke: color("line"), width: 1 }, font: "12px system-ui, sans-serif" };
    plot = new uPlot({
      width: Math.max(240, box.clientWidth),
      height: box.clientWidth < 560 ? 300 : 380,
      scales: { y: { range: (self, low, high) => [0, high > 0 ? 1.1 * high : 1] } },
      axes: [axis, { ...axis, size: 72, values: (self, splits) => splits.map((split) => digits(split) + " " + series.unit) }],
      cursor: { drag: { x: true, y: false } },
      legend: { markers: { dash: (self, at) => (self.series[at].dash ? "dashed" : "solid") } },
      series: [
        {},
        ...names.map((name) => ({
          label: name,
          ...look(name),
          width: 1.5,
          spanGaps: true,
          value: (self, value) => value == null ? "–" : digits(value) + " " + series.unit,
        })),
      ],
      hooks: { setCursor: [(self) => { said.textContent = self.cursor.idx == null ? "" : "run " + data.runs[self.cursor.idx]; }] },
    }, [data.times, ...names.map((name) => series.targets[name])], box);
    root.dataset.charts = "1";
  }

  const pick = document.getElementById("pick");
  if (data.metrics.length > 1) {
    pick.hidden = false;
    const label = document.createElement("label");
    label.textContent = "Metric ";
    const select = document.createElement("select");
    data.metrics.forEach((one, at) => {
      const option = document.createElement("option");
      option.textContent = one.metric;
      option.value = String(at);
      select.append(option);
    });
    select.value = String(chosen);
    select.addEventListener("change", () => { chosen = Number(select.value); draw(); });
    label.append(select);
    pick.append(label);
  }
  let waiting;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(draw, 100); });
  const button = document.getElementById("theme");
  const name = () => { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", "Switch to the " + button.textContent.toLowerCase() + " theme"); };
  const redraw = () => { name(); draw(); };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; redraw(); });
  night.addEventListener("change", redraw);
  name();
  draw();
})();
