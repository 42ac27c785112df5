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
      series: [
        {},
        ...names.map((name, at) => ({
          label: name,
          stroke: color(["a", "b", "c"][at % 3]),
          width: 1.5,
          spanGaps: true,
          points: { show: true, size: 6 },
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
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
