// What a page adds where scripts run: the theme button, sorting by a column, a filter for long tables and lists, and all of it open on paper.
"use strict";

const FILTER_FROM = 20; // rows: what fits a screen needs no search

function remembered(value) {
  try {
    if (value === undefined) return localStorage.getItem("almanac-theme");
    localStorage.setItem("almanac-theme", value);
  } catch { /* a page opened from a file or in a sandbox may have no storage */ }
  return value ?? null;
}

const root = document.documentElement;
const chosen = remembered();
if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen; // in the head, before anything is painted

function themeButton(button) {
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const show = () => { button.textContent = dark() ? "Light theme" : "Dark theme"; };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remembered(root.dataset.theme);
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  button.hidden = false;
  show();
}

function sortKey(row, column) {
  const cell = row.cells[column];
  const given = cell?.dataset.sort;
  return given === undefined ? (cell?.textContent.trim() ?? "") : given === "" ? null : Number(given);
}

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null); // what is absent comes last, whichever way
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains("mark")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const keyed = [...table.tBodies[0].rows].map((row) => [sortKey(row, column), row]);
      keyed.sort(([a], [b]) => (descending && a !== null && b !== null ? compare(b, a) : compare(a, b)));
      table.tBodies[0].append(...keyed.map(([, row]) => row));
    });
  });
}

function filterable(holder) {
  const items = [...(holder.tBodies?.[0].rows ?? holder.children)];
  if (items.length <= FILTER_FROM) return;
  const bar = document.createElement("label");
  const input = document.createElement("input");
  const shown = document.createElement("output");
  bar.className = "filter";
  input.type = "search";
  input.spellcheck = false;
  shown.textContent = `${items.length} in all`;
  bar.append(`Filter ${holder.dataset.filter}`, input, shown);
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase().split(/\s+/);
    const kept = items.filter((item) => {
      const text = item.textContent.toLowerCase();
      item.hidden = !wanted.every((word) => text.includes(word));
      return !item.hidden;
    });
    shown.textContent = `${kept.length} of ${items.length}`;
  });
  (holder.closest(".scroll") ?? holder).before(bar);
}

function openTarget() {
  const details = document.getElementById(location.hash.slice(1))?.querySelector("details");
  if (details) details.open = true;
}

addEventListener("hashchange", openTarget);
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-theme-button]").forEach(themeButton);
  document.querySelectorAll("table[data-sortable]").forEach(sortable);
  document.querySelectorAll("[data-filter]").forEach(filterable);
  openTarget();
});
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
