import type { Locator } from 'playwright-core'

/**
 * As a person drags: takes it, waits until the page shows where it may go, aims again for as long as what is shown then moves the rows,
 * and lets go when the target stands still under the pointer.
 */
export async function dragOnto(source: Locator, target: Locator): Promise<void> {
  const { mouse } = source.page()
  const marked = target.locator('xpath=ancestor-or-self::*[contains(@class, "is-target")]')
  // What was selected a moment ago may still push the rows down, and so may a row that comes into view as it gets the focus: pressed
  // before that is over, another row would be dragged.
  await source.evaluate((element) => element.closest<HTMLElement>('[role="row"]')?.focus())
  await aimAt(source, () => source.hover())
  await mouse.down()
  const moving = source.locator('xpath=ancestor-or-self::*[contains(@class, "is-moving")]')
  await aimAt(target, async () => {
    await target.hover({ force: true })
    await marked.waitFor()
    await moving.waitFor()
  })
  await mouse.up()
}

/** Points at a row until it has stayed where it is for some paints. */
async function aimAt(row: Locator, point: () => Promise<void>): Promise<void> {
  const places: string[] = []
  while (places.length < 40) {
    await point()
    places.push(JSON.stringify(await row.boundingBox()))
    if (places.length > 3 && new Set(places.slice(-4)).size === 1) return
    await row
      .page()
      .evaluate(
        () => new Promise<void>((painted) => requestAnimationFrame(() => requestAnimationFrame(() => painted()))),
      )
  }
  throw new Error(`The row moves on and on: ${places.slice(-4).join(' ')}`)
}
