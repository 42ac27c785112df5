"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const charts = [];
  let drawn = [];

  const color = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const dark = () => getComputedStyle(root).colorScheme === "dark";
  const make = (tag, text, parent) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };
  const digits = (value) => {
    if (value == null) return "–";
    const size = Math.abs(value);
    if (size === 0) return "0";
    return size < 1 ? value.toFixed(3) : size < 10 ? value.toFixed(2) : size < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
  };

  function draw(parent, options, values) {
    const width = () => Math.max(240, parent.clientWidth);
    const axis = { stroke: color("quiet"), grid: { stroke: color("line"), width: 1 }, ticks: { stroke: color("line"), width: 1 }, font: "12px system-ui, sans-serif" };
    options.width = width();
    options.axes = options.axes.map((own) => Object.assign({}, axis, own));
    const plot = new uPlot(options, values, parent);
    // A moment later: a change of size inside the callback would be one that the browser complains about, and a frame that
    // is not painted (a hidden tab, a browser without a screen) would never come.
    const observer = new ResizeObserver(() => setTimeout(() => {
      if (plot.root.isConnected && Math.abs(plot.width - width()) > 1) plot.setSize({ width: width(), height: options.height });
    }));
    observer.observe(parent);
    const bar = controls(plot, parent);
    drawn.push(() => { observer.disconnect(); bar.remove(); plot.destroy(); });
    return plot;
  }

  // The same without a mouse: buttons and keys zoom, the names of the legend are buttons.
  function controls(plot, parent) {
    const bounds = [plot.data[0][0], plot.data[0][plot.data[0].length - 1]];
    const show = (min, max) => {
      const width = Math.min(max - min, bounds[1] - bounds[0]);
      const from = Math.min(Math.max(min, bounds[0]), bounds[1] - width);
      plot.setScale("x", { min: from, max: from + width });
    };
    const zoom = (factor) => {
      const { min, max } = plot.scales.x;
      const [middle, half] = [(min + max) / 2, (max - min) / 2 * factor];
      show(middle - half, middle + half);
    };
    const move = (share) => {
      const { min, max } = plot.scales.x;
      show(min + share * (max - min), max + share * (max - min));
    };
    const acts = { "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => show(...bounds), ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25) };
    const bar = make("div");
    bar.className = "zoom";
    [["−", "Zoom out", "-"], ["+", "Zoom in", "+"], ["↺", "Show all", "0"]].forEach(([text, label, key]) => {
      const button = make("button", text, bar);
      button.type = "button";
      button.title = label;
      button.setAttribute("aria-label", label);
      button.addEventListener("click", acts[key]);
    });
    parent.prepend(bar);
    plot.over.tabIndex = 0;
    plot.over.setAttribute("role", "application");
    plot.over.setAttribute("aria-label", "Chart: plus and minus zoom, the arrows move, 0 shows all");
    plot.over.addEventListener("keydown", (event) => {
      if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      acts[event.key]();
    });
    plot.root.querySelectorAll(".u-legend .u-series:not(:first-child) th").forEach((name) => {
      name.tabIndex = 0;
      name.setAttribute("role", "button");
      name.setAttribute("aria-label", "Show or hide " + name.textContent);
      name.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        name.click();
      });
    });
    return bar;
  }

  function redraw() {
    drawn.forEach((remove) => remove());
    drawn = [];
    charts.forEach((chart) => chart());
    root.dataset.charts = String(drawn.length);
  }

  function pick(name, label, options, changed) {
    const box = document.querySelector('.pick[data-for="' + name + '"]');
    if (!box || options.length < 2) return;
    box.hidden = false;
    const wrap = make("label", label + " ", box);
    const select = make("select", undefined, wrap);
    options.forEach((text, index) => { make("option", text, select).value = String(index); });
    select.addEventListener("change", () => { changed(Number(select.value)); redraw(); });
  }

  // Latency by percentile: the axis counts decades of the share that was slower.
  const latencyBox = document.getElementById("latency-chart");
  if (latencyBox && data.latency.charts.length) {
    let chosen = 0;
    const marks = [[0, "0"], [0.30103, "50 %"], [1, "90 %"], [1.30103, "95 %"], [2, "99 %"], [3, "99.9 %"]];
    pick("latency", "Load and request", data.latency.charts.map((chart) => chart.title), (index) => { chosen = index; });
    charts.push(() => {
      const chart = data.latency.charts[chosen];
      const lines = chart.series.slice().sort((one, two) => Number(one.main) - Number(two.main) || one.order - two.order);
      const narrow = latencyBox.clientWidth < 560;
      draw(latencyBox, {
        height: narrow ? 300 : 380,
        scales: { x: { time: false, range: (plot, low, high) => [low, high] }, y: { distr: 3, log: 10 } },
        axes: [
          { splits: () => marks.map((mark) => mark[0]).filter((mark) => !narrow || (mark !== 0 && mark !== 1.30103)),
            values: (plot, splits) => splits.map((split) => (marks.find((mark) => mark[0] === split) || [0, ""])[1]),
            label: "share of answers that were at least this fast", labelFont: "12px system-ui, sans-serif", labelSize: 22 },
          { size: 62, values: (plot, splits) => splits.map((split) => split == null || !/^[125]/.test(split.toExponential()) ? "" : split >= 1000 ? Number((split / 1000).toPrecision(1)) + " s" : Number(split.toPrecision(1)) + " ms") },
        ],
        legend: { live: true },
        cursor: { drag: { x: true, y: false }, points: { size: 6 } },
        series: [
          { label: "share", value: (plot, value) => value == null ? "–" : (100 * (1 - Math.pow(10, -value))).toFixed(value > 2 ? 2 : 1) + " %" },
          ...lines.map((line) => ({
            label: line.main ? line.target : line.target + ", block " + line.block,
            class: line.main ? "main" : "thin",
            stroke: color(line.class), width: line.main ? 2.5 : 1, alpha: line.main ? 1 : 0.3,
            dash: line.class === "b" && line.main ? [8, 3] : undefined,
            points: { show: false }, spanGaps: false,
            value: (plot, value) => value == null ? "–" : digits(value) + " ms",
          })),
        ],
        hooks: { setSeries: [(plot, index, options) => {
          if (index == null || options.show == null || !lines[index - 1] || !lines[index - 1].main) return;
          lines.forEach((line, at) => {
            if (!line.main && line.target === lines[index - 1].target && plot.series[at + 1].show !== options.show) plot.setSeries(at + 1, { show: options.show });
          });
        }] },
      }, [data.latency.decades, ...lines.map((line) => line.values)]);
    });
  }

  // Memory and CPU of the trials of one block, on the same scales for every target.
  const trialBox = document.getElementById("trial-charts");
  if (trialBox && data.trials.length) {
    const last = (trials) => [...new Map(trials.map((trial) => [trial.target, trial])).values()].sort((one, two) => one.order - two.order);
    const blocks = [...new Set(data.trials.map((trial) => trial.block))];
    let chosen = 0;
    const groups = [["tree", "this target", null], ["database", "PostgreSQL", "database"], ["pianoprof", "load generator", "generator"]];
    const dashes = { database: [6, 4], pianoprof: [2, 3] };
    pick("trial", "Block", blocks.map(String), (index) => { chosen = index; });

    const shade = (trial) => (plot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.font = Math.round(11 * devicePixelRatio) + "px system-ui, sans-serif";
      trial.phases.forEach((phase, index) => {
        const from = Math.max(bbox.left, plot.valToPos(phase.from, "x", true));
        const to = Math.min(bbox.left + bbox.width, plot.valToPos(phase.to, "x", true));
        if (to <= from) return;
        ctx.fillStyle = color("shade");
        ctx.globalAlpha = index % 2 ? 0.6 : 1;
        ctx.fillRect(from, bbox.top, to - from, bbox.height);
        ctx.globalAlpha = 1;
        ctx.fillStyle = color("quiet");
        const name = phase.name;
        if (ctx.measureText(name).width + 8 < to - from) ctx.fillText(name, from + 4, bbox.top + 13 * devicePixelRatio);
      });
      ctx.restore();
    };

    const chart = (parent, trial, what, unit, top, sync) => {
      const present = groups.filter(([key]) => trial[key]);
      draw(make("div", undefined, parent), {
        height: 220,
        scales: { x: { time: false }, y: { range: () => [0, top] } },
        axes: [{ values: (plot, splits) => splits.map((split) => split + " s") }, { size: 66, values: (plot, splits) => splits.map((split) => digits(split).replace(/\.?0+$/, (tail) => tail.includes(".") ? "" : tail) + " " + unit) }],
        cursor: { sync: { key: sync }, drag: { x: true, y: false } },
        series: [
          { label: "after", value: (plot, value) => value == null ? "–" : value.toFixed(1) + " s" },
          ...present.map(([key, label, name]) => ({
            label, stroke: color(name || trial.class), width: key === "tree" ? 2 : 1.25, dash: dashes[key], spanGaps: true, points: { show: false },
            value: (plot, value) => value == null ? "–" : digits(value) + " " + unit,
          })),
        ],
        hooks: { drawClear: [shade(trial)] },
      }, [trial.t, ...present.map(([key]) => trial[key][what])]);
    };

    charts.push(() => {
      trialBox.replaceChildren();
      const trials = last(data.trials.filter((trial) => trial.block === blocks[chosen]));
      const most = (what) => 1.15 * Math.max(1, ...trials.flatMap((trial) => groups.flatMap(([key]) => trial[key] ? trial[key][what] : [])));
      const [memory, cpu] = [most("memory"), most("cpu")];
      trials.forEach((trial) => {
        const side = make("div", undefined, trialBox);
        const title = make("h3", undefined, side);
        make("span", undefined, title).className = "swatch " + trial.class;
        title.append(trial.target);
        make("div", "memory", side).className = "quiet";
        chart(side, trial, "memory", "MiB", memory, trial.target);
        make("div", "CPU, of one core", side).className = "quiet";
        chart(side, trial, "cpu", "%", cpu, trial.target);
      });
    });
  }

  const button = document.getElementById("theme");
  const name = () => { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", "Switch to the " + button.textContent.toLowerCase() + " theme"); };
  const remember = (theme) => { try { localStorage.setItem("pianoprof-theme", theme); } catch (ignored) { /* a file may have no storage */ } };
  try { const theme = localStorage.getItem("pianoprof-theme"); if (theme) root.dataset.theme = theme; } catch (ignored) { /* as above */ }
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; remember(root.dataset.theme); name(); redraw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { name(); redraw(); });

  // Paper is white and cannot be opened: print in light colours and with the tables that no chart replaces, then go back.
  let before, opened;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    opened = [...document.querySelectorAll("details.paper:not([open])")];
    opened.forEach((details) => { details.open = true; });
    root.dataset.theme = "light";
    redraw();
  });
  addEventListener("afterprint", () => {
    opened.forEach((details) => { details.open = false; });
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    redraw();
  });

  name();
  redraw();
})();
