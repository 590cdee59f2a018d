// The page on which bpmn-js draws: it gets diagrams, and its text, when all are drawn, is their
// SVG. It runs in Chromium without a window and without anything of the network.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const VIEWER = createRequire(import.meta.url).resolve('bpmn-js/dist/bpmn-viewer.production.min.js');
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
/** Milliseconds of the page's own clock, which stands still while it works. */
const PATIENCE = 60_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** Runs in the page. */
async function drawAll(sources) {
  const drawings = [];
  for (const { name, xml, fontSize } of sources) {
    const textRenderer = fontSize && { defaultStyle: { fontSize }, externalStyle: { fontSize } };
    const viewer = new globalThis.BpmnJS({ container: '#canvas', textRenderer });
    await viewer.importXML(xml);
    const diagrams = viewer.getDefinitions().diagrams;
    for (const diagram of diagrams) {
      if (diagram !== diagrams[0]) await viewer.open(diagram);
      drawings.push({ name, svg: (await viewer.saveSVG()).svg });
    }
    viewer.destroy();
  }
  return drawings;
}

/** Text that can stand in a page, and comes back from one, as it is. */
const packed = (value) => Buffer.from(JSON.stringify(value)).toString('base64');
const unpacked = (text) => JSON.parse(Buffer.from(text, 'base64').toString());

function pageOf(sources) {
  return `<!DOCTYPE html><meta charset="utf-8"><div id="canvas" style="width: 2000px; height: 1000px"></div>
<script src="${pathToFileURL(VIEWER)}"></script>
<script>
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const sources = JSON.parse(new TextDecoder().decode(bytes('${packed(sources)}')));
const show = (key, value) => {
  let text = '';
  for (const byte of new TextEncoder().encode(JSON.stringify(value))) text += String.fromCharCode(byte);
  document.body.innerHTML = '<pre id="' + key + '">' + btoa(text) + '</pre>';
};
(${drawAll})(sources).then((drawings) => show('drawn', drawings), (problem) => show('failed', String(problem)));
</script>`;
}

function dumped(url) {
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--allow-file-access-from-files'];
  for (const browser of BROWSERS) {
    try {
      const all = [...options, `--virtual-time-budget=${PATIENCE}`, '--dump-dom', url];
      return execFileSync(browser, all, { encoding: 'utf8', maxBuffer: MOST_BYTES, stdio: ['ignore', 'pipe', 'ignore'] });
    } catch (problem) {
      if (problem.code !== 'ENOENT') throw problem;
    }
  }
  throw new Error(`Expected one of ${BROWSERS.join(', ')} on the PATH, but there is none. \`make browser\` installs one.`);
}

/** `{ name, svg }` for each diagram of `{ name, xml, fontSize? }`, in their order. */
export function drawingsOf(sources) {
  const folder = mkdtempSync(join(tmpdir(), 'diagrams-'));
  try {
    const page = join(folder, 'page.html');
    writeFileSync(page, pageOf(sources));
    const dom = dumped(pathToFileURL(page).href);
    const [, key, text] = /<pre id="(drawn|failed)">([^<]*)<\/pre>/.exec(dom) ?? [];
    if (key !== 'drawn') throw new Error(`Expected drawings, but the page says: ${key ? unpacked(text) : 'nothing'}`);
    return unpacked(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
