// From what bpmn-js saves to what the documentation keeps: without what only an editor needs, with
// names that repeat, on a white ground, several diagrams of one file under each other.

const AROUND = 10;
const BETWEEN = 20;

/** What nearly every line has is said once, for all. */
const COMMON = 'stroke-linecap: round; stroke-linejoin: round;';
const REMOVED = [
  /<!--[\s\S]*?-->/g,
  // What the pointer hits, and what shows a selection.
  /<(rect|circle|polyline|path|polygon|ellipse)[^>]*class="[^"]*djs-(hit|outline)[^"]*"[^>]*?(\/>|><\/\1>)/g,
  / (class|data-[a-z-]+|lineHeight|display)="[^"]*"/g,
  / transform="(matrix\(1[ ,]+0[ ,]+0[ ,]+1[ ,]+0[ ,]+0\)|translate\(0[ ,]+0\))"/g,
  /(stroke-linecap: round|stroke-linejoin: round|display: block|fill-opacity: 0\.95|font-weight: normal|font-family: [^;"]*);\s?/g,
  / style="\s*"/g,
];

/** One drawing: its place, and its text with the markers of lines taken out into `markers`. */
function cleaned(svg, markers) {
  const [x, y, width, height] = /viewBox="([^"]+)"/.exec(svg)[1].split(' ').map(Number);
  let body = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
  for (const pattern of REMOVED) body = body.replace(pattern, '');
  body = body.replace(/-?\d+\.\d{3,}(e-\d+)?/g, (text) => String(Number(Number(text).toFixed(2))));
  body = withSharedMarkers(body, markers);
  return { x, y, width, height, body: withoutEmptyGroups(body) };
}

/**
 * bpmn-js makes a marker for each line, under a name that is another each time. Those that look the same
 * become one, named by its number.
 */
function withSharedMarkers(body, markers) {
  const names = new Map();
  const rest = body.replace(/<marker id="([^"]+)"([\s\S]*?<\/marker>)/g, (_, name, look) => {
    if (!markers.includes(look)) markers.push(look);
    names.set(name, `m${markers.indexOf(look)}`);
    return '';
  });
  return rest.replace(/url\((?:'|&quot;|&apos;)?#([^'"&)]+)(?:'|&quot;|&apos;)?\)/g, (all, name) =>
    names.has(name) ? `url(#${names.get(name)})` : all,
  );
}

/** The picture on each task of a kind is the same: long paths are said once and used. */
function withSharedPaths(bodies) {
  const paths = new Map();
  const shared = bodies.map((body) =>
    body.replace(/<path [^>]{300,}\/>/g, (path) => {
      if (!paths.has(path)) paths.set(path, `p${paths.size}`);
      return `<use href="#${paths.get(path)}"/>`;
    }),
  );
  return { shared, defs: [...paths].map(([path, name]) => path.replace('<path ', `<path id="${name}" `)).join('') };
}

function withoutEmptyGroups(body) {
  for (let before = ''; before !== body; ) {
    before = body;
    body = body.replace(/<(g|defs)[^>]*(\/>|><\/\1>)/g, '').replace(/<g>((?:(?!<\/?g[ />])[\s\S])*)<\/g>/g, '$1');
  }
  return body;
}

const rounded = (value) => Math.round(value * 10) / 10;

/** One SVG of all the drawings of a file, and `over`, more of it on top. */
export function svgOf(drawings, title, over = '') {
  const markers = [];
  const parts = drawings.map((drawing) => cleaned(drawing, markers));
  const width = Math.ceil(Math.max(...parts.map((part) => part.width))) + 2 * AROUND;
  let y = AROUND;
  const bodies = parts.map((part) => {
    const placed = `<g transform="translate(${rounded(AROUND - part.x)} ${rounded(y - part.y)})">${part.body}${over}</g>`;
    y += part.height + BETWEEN;
    return placed;
  });
  const height = Math.ceil(y - BETWEEN) + AROUND;
  const { shared, defs: paths } = withSharedPaths(bodies);
  const defs = paths + markers.map((look, i) => `<marker id="m${i}"${look}`).join('');
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="Arial, sans-serif" style="${COMMON}">
<title>${title}</title>
<defs>${defs}</defs>
<rect width="100%" height="100%" fill="white"/>
${shared.join('\n').replaceAll(/(<\/g>|<\/text>)(?=<)/g, '$1\n')}
</svg>
`;
}
