import { render } from "preact";
import { App } from "./app";
import { read, type Report } from "./data";
import "./style.css";

const page = document.getElementById("page") as HTMLElement;
page.textContent = "";
let report: Report | undefined;
let problem = "";
try {
  report = read(document.getElementById("tenthrule-data")?.textContent ?? "");
} catch (error) {
  problem = error instanceof Error ? error.message : String(error);
}
render(
  report !== undefined ? (
    <App report={report} />
  ) : (
    <main>
      <h1>tenthrule</h1>
      <p role="alert" class="alarm">
        There is nothing to show: {problem}.
      </p>
    </main>
  ),
  page,
);
