// A link without a device: frames are copied in from templates, those sent are counted and go nowhere.

/** @typedef {import('../../dist/contract/frame.js').Frame} Frame */
/** @typedef {import('../../dist/contract/link.js').Link} Link */

/**
 * Does what a link that copies does for each frame: takes one from the pool, copies the bytes in, says what it is. The
 * engine releases what was sent, as with every link.
 * @implements {Link}
 */
export class BenchLink {
  kind = 'bench';
  fd = -1;
  maxSend = 0;
  interfaceIndex = 1;
  hardwareType = 1;
  local = false;
  stopped = 0;
  lastError = '';
  /** Frames that are still to come in. */
  left = 0;
  /** Frames given so far: the next one is made of template `given` modulo how many there are. */
  given = 0;
  sent = 0;
  /** Next hop that frames come with: for blocks that stand behind a route. */
  nextHop = 0;
  /** Looks at every frame that is sent; not during measurements. @type {((frame: Frame) => void) | null} */
  onSend = null;
  /** Changes a frame as it comes in; gets its number, counted from 0. @type {((frame: Frame, given: number) => void) | null} */
  vary = null;
  /** Frames that come before all others. @type {Uint8Array[]} */
  before = [];

  #words = new Int32Array(0);
  /** Words from the beginning of one template to the next. */
  #stride = 0;
  #lengths = new Int32Array(0);
  #protocols = new Int32Array(0);
  #memory;
  #pool;

  /**
   * @param {string} target @param {import('../../dist/contract/link.js').LinkContext} context
   * @param {Uint8Array | null} [address]
   */
  constructor(target, context, address = null) {
    this.target = target;
    this.address = address;
    this.#pool = context.pool;
    const { buffer, byteOffset, byteLength } = context.pool.memory;
    this.#memory = new Int32Array(buffer, byteOffset, byteLength >> 2);
  }

  /** What the frames are made of. @param {readonly Uint8Array[]} templates @param {number} [protocol] of frames without an Ethernet header */
  load(templates, protocol) {
    this.#stride = Math.ceil(Math.max(...templates.map(({ length }) => length)) / 4);
    this.#words = new Int32Array(this.#stride * templates.length);
    this.#lengths = Int32Array.from(templates, ({ length }) => length);
    this.#protocols = Int32Array.from(templates, (bytes) => protocol ?? (bytes[12] << 8) | bytes[13]);
    const bytes = new Uint8Array(this.#words.buffer);
    templates.forEach((template, i) => {
      bytes.set(template, i * this.#stride * 4);
    });
  }

  /** @param {Frame[]} into @param {number} max */
  receive(into, max) {
    if (this.before.length > 0) return this.#first(into);
    const count = Math.min(max, this.left);
    const memory = this.#memory;
    const words = this.#words;
    const lengths = this.#lengths;
    let which = this.given % lengths.length;
    let n = 0;
    while (n < count) {
      const frame = this.#pool.allocate();
      if (frame === null) break;
      const length = lengths[which];
      const to = frame.start >> 2;
      const from = which * this.#stride;
      const end = (length + 3) >> 2;
      for (let i = 0; i < end; i++) memory[to + i] = words[from + i];
      frame.length = length;
      frame.protocol = this.#protocols[which];
      frame.hardwareType = 1;
      frame.interfaceIndex = 1;
      frame.nextHop = this.nextHop;
      if (this.vary !== null) this.vary(frame, this.given + n);
      into[n++] = frame;
      if (++which === lengths.length) which = 0;
    }
    this.given += n;
    this.left -= n;
    return n;
  }

  /** @param {Frame[]} into */
  #first(into) {
    const frame = this.#pool.allocate();
    const bytes = this.before.shift();
    if (frame === null || bytes === undefined) return 0;
    frame.fill(bytes);
    frame.protocol = frame.u16(12);
    frame.hardwareType = 1;
    frame.interfaceIndex = 1;
    into[0] = frame;
    return 1;
  }

  /** @param {readonly Frame[]} frames @param {number} from @param {number} to */
  send(frames, from, to) {
    this.sent += to - from;
    if (this.onSend !== null) for (let i = from; i < to; i++) this.onSend(frames[i]);
    return to - from;
  }

  losses() {
    return {};
  }

  held() {
    return 0;
  }

  /** @returns {'up'} */
  state() {
    return 'up';
  }

  dueAt() {
    return this.left > 0 || this.before.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  }

  close() {
    this.left = 0;
  }
}
