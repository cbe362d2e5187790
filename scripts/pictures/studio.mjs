// Runs in a page of the browser: draws the frames of a film and encodes them, as only a browser can without a package.

let lastFrame = null

/**
 * Draws a picture of the window with a caption below it and the pointer on it, and encodes what differs from the frame before, the
 * rest transparent. `png` and the answer's `still` are base64; `x` and `y` are even. Null: nothing differs.
 */
globalThis.drawFrame = async ({ png, caption, pointer, width, height }) => {
  const canvas = new OffscreenCanvas(width, height)
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  const image = await decode(png)
  pen.fillStyle = '#0b3d91'
  pen.fillRect(0, 0, width, height)
  pen.drawImage(image, 0, 0)
  pen.fillStyle = '#ffffff'
  pen.font = '600 19px "DejaVu Sans", sans-serif'
  pen.textBaseline = 'middle'
  pen.fillText(caption, 18, (image.height + height) / 2)
  if (pointer) drawPointer(pen, pointer)
  const frame = roundColours(pen.getImageData(0, 0, width, height))
  const box = boxOfChanges(frame, lastFrame)
  if (!box) return null
  const still = await encode(cutOut(frame, lastFrame, box))
  lastFrame = frame
  return { x: box.left, y: box.top, still }
}

/** A picture as a WebP, with a thin frame: it is drawn on the same ground that it shows. */
globalThis.encodeWebp = async ({ png }) => {
  const image = await decode(png)
  const pen = new OffscreenCanvas(image.width, image.height).getContext('2d')
  pen.drawImage(image, 0, 0)
  pen.strokeStyle = '#808080'
  pen.strokeRect(0.5, 0.5, image.width - 1, image.height - 1)
  return encode(roundColours(pen.getImageData(0, 0, image.width, image.height)))
}

async function decode(png) {
  return createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob())
}

/** Without loss, which is what quality 1 means here: letters stay sharp, and even areas cost next to nothing. */
async function encode(pixels) {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height)
  canvas.getContext('2d').putImageData(pixels, 0, 0)
  const still = await canvas.convertToBlob({ type: 'image/webp', quality: 1 })
  const bytes = new Uint8Array(await still.arrayBuffer())
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/**
 * To the next of 32 steps of each colour: what is lost are shades of the edges of letters, which nobody sees and which are half of what a
 * picture weighs. The same colour becomes the same one in every frame.
 */
function roundColours(picture) {
  const { data } = picture
  for (let at = 0; at < data.length; at += 1) if (at % 4 < 3) data[at] = Math.min(255, Math.round(data[at] / 8) * 8)
  return picture
}

function drawPointer(pen, { x, y }) {
  pen.translate(x, y)
  pen.fillStyle = '#ffffff'
  pen.strokeStyle = '#000000'
  pen.lineWidth = 1.5
  const outline = new Path2D('M0 0 L0 19 L4.5 15 L7.5 22 L10.5 20.7 L7.6 14 L13.5 13.5 Z')
  pen.fill(outline)
  pen.stroke(outline)
  pen.resetTransform()
}

/** The smallest rectangle with all that is new, begun at even numbers, as the container wants it. Null: nothing is. */
function boxOfChanges(frame, before) {
  const { width, height } = frame
  if (!before) return { left: 0, top: 0, width, height }
  const [next, last] = [pixelsOf(frame), pixelsOf(before)]
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let at = 0; at < next.length; at += 1) {
    if (next[at] === last[at]) continue
    const [x, y] = [at % width, Math.floor(at / width)]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = y
  }
  if (right < 0) return null
  left -= left % 2
  top -= top % 2
  return { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/** That part of the frame; what is as before is transparent. */
function cutOut(frame, before, { left, top, width, height }) {
  const cut = new ImageData(width, height)
  const [kept, next, last] = [pixelsOf(cut), pixelsOf(frame), before && pixelsOf(before)]
  for (let at = 0; at < kept.length; at += 1) {
    const from = (top + Math.floor(at / width)) * frame.width + left + (at % width)
    if (!last || next[from] !== last[from]) kept[at] = next[from]
  }
  return cut
}

function pixelsOf({ data }) {
  return new Uint32Array(data.buffer)
}
