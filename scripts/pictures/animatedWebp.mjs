// An animated WebP, put together from stills: Chromium encodes each of them, and the container around them is a few fields.
// The format: https://developers.google.com/speed/webp/docs/riff_container

/**
 * `frames` lie over those before them: `still` is a whole WebP file, `x` and `y` where it goes (even numbers), `ms` how long it stays.
 * What is transparent in a still shows what was there before. Played again and again.
 */
export function animateWebp({ width, height, frames }) {
  const features = chunk('VP8X', [uint8(0x12), uint24(0), uint24(width - 1), uint24(height - 1)])
  const animation = chunk('ANIM', [Buffer.alloc(4), Buffer.alloc(2)])
  const body = Buffer.concat([features, animation, ...frames.map(frameChunk)])
  return Buffer.concat([Buffer.from('RIFF'), uint32(body.length + 4), Buffer.from('WEBP'), body])
}

/** Blended over the frame before, and left in place by the next. */
function frameChunk({ still, x, y, ms }) {
  const { width, height, image } = readStill(still)
  const place = [uint24(x / 2), uint24(y / 2), uint24(width - 1), uint24(height - 1), uint24(ms), uint8(0)]
  return chunk('ANMF', [...place, image])
}

/** The image of a lossless still with the chunk that it stands in. Its size is in the first bits, after a byte that says what it is. */
function readStill(still) {
  for (let at = 12; at < still.length; ) {
    const length = still.readUInt32LE(at + 4)
    const end = at + 8 + length + (length % 2)
    if (still.toString('latin1', at, at + 4) === 'VP8L') {
      const bits = still.readUInt32LE(at + 9)
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1, image: still.subarray(at, end) }
    }
    at = end
  }
  throw new Error('not a lossless WebP')
}

function chunk(name, parts) {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(name), uint32(body.length), body, Buffer.alloc(body.length % 2)])
}

function uint8(value) {
  return Buffer.from([value])
}

function uint24(value) {
  return Buffer.from([value & 0xff, (value >> 8) & 0xff, value >> 16])
}

function uint32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
