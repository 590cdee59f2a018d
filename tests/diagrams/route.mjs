// Which way the connections go: right angles, around all shapes, with few turns and crossings. Each
// way is the cheapest on a net of lines through the middles of shapes and past their sides.

/** How far a connection keeps from shapes before it turns, and how far at least beside them. */
const STUB = 20;
const MARGIN = 9;

const COST = { turn: 50, crossing: 60, shared: 4, usedPort: 60 };

const SIDES = {
  right: { x: 1, y: 0 },
  bottom: { x: 0, y: 1 },
  left: { x: -1, y: 0 },
  top: { x: 0, y: -1 },
};

/** What it costs to leave, or to arrive, at a side that is not the usual one. */
const LEAVE = { right: 0, bottom: 30, top: 40, left: 150 };
const ARRIVE = { left: 0, top: 30, bottom: 40, right: 150 };

/**
 * The connections with their points. One is `{ edge, source, target, leave?, arrive? }` with shapes as its
 * ends and, if only some sides will do, their names.
 */
export function route(connections, obstacles) {
  const distance = ({ source, target }) => {
    const [a, b] = [middle(source), middle(target)];
    return Math.abs(a.x - b.x) + 3 * Math.abs(a.y - b.y) + (b.x < a.x ? 1000 : 0);
  };
  const order = [...connections].sort((a, b) => distance(a) - distance(b));
  const laid = [];
  for (const connection of order) {
    laid.push({ ...connection, points: cheapest(connection, obstacles, laid) });
  }
  return laid;
}

const middle = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });

function portOf(shape, side) {
  const { x, y } = middle(shape);
  const { x: dx, y: dy } = SIDES[side];
  const at = { x: x + (dx * shape.width) / 2, y: y + (dy * shape.height) / 2 };
  return { side, at, stub: { x: at.x + dx * STUB, y: at.y + dy * STUB } };
}

function ports(shape, costs, sides, laid) {
  return (sides ?? Object.keys(SIDES)).map((side) => {
    const port = portOf(shape, side);
    const used = laid.some(({ points }) => [points[0], points.at(-1)].some((point) => same(point, port.at)));
    return { ...port, cost: (sides ? 0 : costs[side]) + (used ? COST.usedPort : 0) };
  });
}

const same = (a, b) => a.x === b.x && a.y === b.y;

function cheapest(connection, obstacles, laid) {
  const { source, target } = connection;
  const starts = ports(source, LEAVE, connection.leave, laid);
  const ends = ports(target, ARRIVE, connection.arrive, laid);
  const net = netOf(obstacles, [...starts, ...ends]);
  const open = new Queue();
  const best = new Map();
  const offer = (cost, x, y, side, before, start) => {
    const key = `${x},${y},${side}`;
    if (best.has(key) && best.get(key).cost <= cost) return;
    const state = { cost, x, y, side, before, start, key };
    best.set(key, state);
    open.push(state);
  };
  for (const start of starts) {
    offer(start.cost, net.xs.indexOf(start.stub.x), net.ys.indexOf(start.stub.y), start.side, undefined, start);
  }
  while (open.size > 0) {
    const state = open.pop();
    if (best.get(state.key) !== state) continue;
    if (state.end) return pathOf(state);
    const here = { x: net.xs[state.x], y: net.ys[state.y] };
    for (const end of ends.filter((each) => same(each.stub, here))) {
      const turned = SIDES[end.side].x === -SIDES[state.side].x && SIDES[end.side].y === -SIDES[state.side].y;
      const last = { ...state, end, key: `end ${end.side}`, here, net };
      last.cost += end.cost + (turned ? 0 : COST.turn);
      if (end.side === state.side || (best.has(last.key) && best.get(last.key).cost <= last.cost)) continue;
      best.set(last.key, last);
      open.push(last);
    }
    for (const [side, step] of Object.entries(SIDES)) {
      const back = step.x === -SIDES[state.side].x && step.y === -SIDES[state.side].y;
      const next = { x: net.xs[state.x + step.x], y: net.ys[state.y + step.y] };
      if (back || next.x === undefined || next.y === undefined || isBlocked(here, next, obstacles)) continue;
      const turn = side === state.side ? 0 : COST.turn;
      const cost = state.cost + length(here, next) + turn + met(here, next, connection, laid);
      offer(cost, state.x + step.x, state.y + step.y, side, state, state.start);
    }
  }
  throw new Error(`Expected a way from ${source.element.id} to ${target.element.id}, but there is none.`);
}

const length = (a, b) => Math.abs(a.x - b.x) + Math.abs(a.y - b.y);

/** All lines on which a connection may run. */
function netOf(obstacles, ends) {
  const [xs, ys] = [new Set(), new Set()];
  for (const shape of obstacles) {
    const { x, y } = middle(shape);
    for (const each of [x, shape.x - STUB, shape.x + shape.width + STUB]) xs.add(each);
    for (const each of [y, shape.y - STUB, shape.y + shape.height + STUB]) ys.add(each);
  }
  for (const { stub } of ends) {
    xs.add(stub.x);
    ys.add(stub.y);
  }
  const sorted = (set) => [...set].sort((a, b) => a - b);
  return { xs: sorted(xs), ys: sorted(ys) };
}

/** Whether a piece of a line comes too near to a shape. */
function isBlocked(a, b, obstacles) {
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
  const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)];
  return obstacles.some(
    (shape) =>
      right > shape.x - MARGIN &&
      left < shape.x + shape.width + MARGIN &&
      bottom > shape.y - MARGIN &&
      top < shape.y + shape.height + MARGIN,
  );
}

/** What crossing other connections costs, and running on top of those with which no end is shared. */
function met(a, b, { source, target }, laid) {
  let cost = 0;
  for (const other of laid) {
    const related = other.source === source || other.target === target;
    for (let i = 1; i < other.points.length; i++) {
      const [c, d] = [other.points[i - 1], other.points[i]];
      if ((a.x === b.x) === (c.x === d.x)) cost += related ? 0 : COST.shared * overlap(a, b, c, d);
      else if (crosses(a, b, c, d)) cost += COST.crossing;
    }
  }
  return cost;
}

function overlap(a, b, c, d) {
  const [along, across] = a.x === b.x ? ['y', 'x'] : ['x', 'y'];
  if (a[across] !== c[across]) return 0;
  const from = Math.max(Math.min(a[along], b[along]), Math.min(c[along], d[along]));
  return Math.max(0, Math.min(Math.max(a[along], b[along]), Math.max(c[along], d[along])) - from);
}

/** The far end of a piece belongs to the next one, so that no crossing counts twice. */
function crosses(a, b, c, d) {
  const inside = (value, p, q) => value > Math.min(p, q) && value < Math.max(p, q);
  const reached = (value, p, q) => inside(value, p, q) || value === q;
  return a.x === b.x
    ? reached(c.y, a.y, b.y) && inside(a.x, c.x, d.x)
    : reached(c.x, a.x, b.x) && inside(a.y, c.y, d.y);
}

/** The corners of the way that a last state ends. */
function pathOf(last) {
  const points = [last.end.at];
  for (let state = last; state; state = state.before) {
    points.push({ x: last.net.xs[state.x], y: last.net.ys[state.y] });
  }
  points.push(last.start.at);
  points.reverse();
  return points.filter((point, i) => {
    const [before, after] = [points[i - 1], points[i + 1]];
    const isOn = (side) => before && after && before[side] === point[side] && point[side] === after[side];
    return !isOn('x') && !isOn('y');
  });
}

/** The cheapest first; of those that cost the same, the one that came first, so that a drawing repeats. */
class Queue {
  #heap = [];
  #count = 0;

  get size() {
    return this.#heap.length;
  }

  push(state) {
    this.#heap.push({ state, cost: state.cost, count: this.#count++ });
    let i = this.#heap.length - 1;
    while (i > 0 && this.#less(i, (i - 1) >> 1)) {
      this.#swap(i, (i - 1) >> 1);
      i = (i - 1) >> 1;
    }
  }

  pop() {
    const [{ state }] = this.#heap;
    const last = this.#heap.pop();
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      for (let i = 0; ; ) {
        const children = [2 * i + 1, 2 * i + 2].filter((child) => child < this.#heap.length);
        const least = children.reduce((a, b) => (this.#less(b, a) ? b : a), i);
        if (least === i) break;
        this.#swap(i, least);
        i = least;
      }
    }
    return state;
  }

  #less(i, j) {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    return a.cost < b.cost || (a.cost === b.cost && a.count < b.count);
  }

  #swap(i, j) {
    [this.#heap[i], this.#heap[j]] = [this.#heap[j], this.#heap[i]];
  }
}
