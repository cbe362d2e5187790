// A film of the editor: pictures of its window one after the other, each for as long as it takes to see what is new in it.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { animateWebp } from './animatedWebp.mjs'

const captionHeight = 44

/** A page of the browser that draws and encodes. */
export async function openStudio(browser) {
  const studio = await browser.newPage()
  await studio.addScriptTag({ type: 'module', path: path.join(import.meta.dirname, 'studio.mjs') })
  await studio.waitForFunction(() => 'drawFrame' in globalThis)
  return studio
}

/** Writes a part of the window as a WebP that weighs little; says how much. */
export async function writeWebp({ page, studio, file, clip }) {
  const png = await page.screenshot({ animations: 'disabled', clip })
  const parts = { png: png.toString('base64') }
  const still = Buffer.from(await studio.evaluate((given) => globalThis.encodeWebp(given), parts), 'base64')
  await writeFile(file, still)
  return `${Math.round(still.length / 1000)} KB`
}

/** Of `page`, drawn by `studio`; without one nothing is filmed, and all else is done as well. */
export class Film {
  #page
  #studio
  #size
  #frames = []
  #caption = ''
  #pointer = null

  constructor({ page, studio }) {
    this.#page = page
    this.#studio = studio
    const { width, height } = page.viewportSize()
    this.#size = { width, height: height + captionHeight }
  }

  /** What the strip below the window says from now on. */
  caption(text) {
    this.#caption = text
  }

  /** The window as it is now, shown for so long. */
  async frame(ms) {
    if (!this.#studio) return
    const png = await this.#page.screenshot({ animations: 'disabled', caret: 'initial' })
    const drawn = await this.#studio.evaluate((parts) => globalThis.drawFrame(parts), {
      png: png.toString('base64'),
      caption: this.#caption,
      pointer: this.#pointer,
      ...this.#size,
    })
    const last = this.#frames.at(-1)
    if (drawn) this.#frames.push({ ...drawn, still: Buffer.from(drawn.still, 'base64'), ms })
    else if (last) last.ms += ms
  }

  /** The pointer goes there, as a person's would, and the film stops for a moment. */
  async point(locator, position) {
    await locator.scrollIntoViewIfNeeded()
    const box = await locator.boundingBox()
    if (!box) throw new Error(`nothing to point at: ${locator}`)
    const to = { x: box.x + (position?.x ?? box.width / 2), y: box.y + (position?.y ?? box.height / 2) }
    await this.#page.mouse.move(to.x, to.y, { steps: 4 })
    this.#pointer = to
    await this.frame(800)
  }

  async click(locator, position) {
    await this.point(locator, position)
    await this.#page.mouse.down()
    await this.#page.mouse.up()
  }

  hidePointer() {
    this.#pointer = null
  }

  /** Letter by letter, a few of them a picture. */
  async type(text) {
    for (const [some] of text.matchAll(/.{1,4}/g)) {
      await this.#page.keyboard.type(some)
      await this.frame(140)
    }
  }

  /** What happens by itself, until `isOver`. */
  async watch(isOver, ms = 400) {
    while (!(await isOver())) {
      await this.frame(ms)
      if (!this.#studio) await this.#page.waitForTimeout(100)
    }
  }

  /** Says how large and how long it has become. */
  async write(file) {
    const bytes = animateWebp({ ...this.#size, frames: this.#frames })
    await writeFile(file, bytes)
    const seconds = this.#frames.reduce((sum, { ms }) => sum + ms, 0) / 1000
    return `${this.#frames.length} frames, ${Math.round(seconds)} s, ${Math.round(bytes.length / 1000)} KB`
  }
}
