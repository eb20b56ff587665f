/** Triangles in a leaf at most, and slices that are tried for each split. */
const leafSize = 4;
const slices = 12;

/**
 * A bounding volume hierarchy: boxes within boxes, so that a ray is held against few triangles of many. Split by the
 * surface area heuristic (I. Wald, "On fast Construction of SAH-based Bounding Volume Hierarchies").
 */
export function buildBvh({ count, corners }) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const lows = new Float64Array(count * 3);
  const highs = new Float64Array(count * 3);
  for (let i = 0; i < count; i++) {
    for (let axis = 0; axis < 3; axis++) {
      const start = corners[i * 9 + axis];
      const [b, c] = [start + corners[i * 9 + 3 + axis], start + corners[i * 9 + 6 + axis]];
      lows[i * 3 + axis] = Math.min(start, b, c);
      highs[i * 3 + axis] = Math.max(start, b, c);
    }
  }
  // Six numbers of box for each node; a leaf has the first triangle and how many, another node its second child and 0.
  // The first child stands behind its parent, and has what lies lower on the node's axis.
  const boxes = new Float64Array(Math.max(1, count * 2) * 6);
  const firsts = new Uint32Array(Math.max(1, count * 2));
  const counts = new Uint32Array(Math.max(1, count * 2));
  const axes = new Uint8Array(Math.max(1, count * 2));
  let used = 0;
  const middle = (triangle, axis) => lows[triangle * 3 + axis] + highs[triangle * 3 + axis];

  const build = (from, to) => {
    const node = used++;
    const box = boxes.subarray(node * 6, node * 6 + 6);
    bound(box, from, to);
    const split = to - from <= leafSize ? undefined : bestSplit(from, to, box);
    const at = split === undefined ? from : partition(from, to, split);
    if (at === from || at === to) {
      firsts[node] = from;
      counts[node] = to - from;
      return node;
    }
    axes[node] = split.axis;
    build(from, at);
    firsts[node] = build(at, to);
    return node;
  };

  const bound = (box, from, to) => {
    box.fill(Infinity, 0, 3).fill(-Infinity, 3, 6);
    for (let i = from; i < to; i++) grow(box, order[i]);
  };

  const grow = (box, triangle) => {
    for (let axis = 0; axis < 3; axis++) {
      box[axis] = Math.min(box[axis], lows[triangle * 3 + axis]);
      box[3 + axis] = Math.max(box[3 + axis], highs[triangle * 3 + axis]);
    }
  };

  /** The plane that leaves the least work, or none where a leaf is less work than any. */
  const bestSplit = (from, to, box) => {
    let best;
    let least = (to - from) * area(box);
    for (let axis = 0; axis < 3; axis++) {
      let [low, high] = [Infinity, -Infinity];
      for (let i = from; i < to; i++) {
        low = Math.min(low, middle(order[i], axis));
        high = Math.max(high, middle(order[i], axis));
      }
      if (high <= low) continue;
      const bins = Array.from({ length: slices }, () => ({ count: 0, box: emptyBox() }));
      for (let i = from; i < to; i++) {
        const bin = bins[Math.min(slices - 1, Math.floor(((middle(order[i], axis) - low) / (high - low)) * slices))];
        bin.count++;
        grow(bin.box, order[i]);
      }
      for (let slice = 1; slice < slices; slice++) {
        const cost = costOf(bins.slice(0, slice)) + costOf(bins.slice(slice));
        if (cost < least) {
          least = cost;
          best = { axis, plane: low + ((high - low) * slice) / slices };
        }
      }
    }
    return best;
  };

  const partition = (from, to, { axis, plane }) => {
    let at = from;
    for (let i = from; i < to; i++) {
      if (middle(order[i], axis) >= plane) continue;
      [order[i], order[at]] = [order[at], order[i]];
      at++;
    }
    return at;
  };

  if (count > 0) build(0, count);
  return { boxes, firsts, counts, axes, order, empty: count === 0 };
}

const emptyBox = () => [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];

function area([lowX, lowY, lowZ, highX, highY, highZ]) {
  const [x, y, z] = [highX - lowX, highY - lowY, highZ - lowZ];
  return x < 0 ? 0 : x * y + y * z + z * x;
}

function costOf(bins) {
  const box = emptyBox();
  let count = 0;
  for (const bin of bins) {
    count += bin.count;
    for (let axis = 0; axis < 3; axis++) {
      box[axis] = Math.min(box[axis], bin.box[axis]);
      box[3 + axis] = Math.max(box[3 + axis], bin.box[3 + axis]);
    }
  }
  return count * area(box);
}
