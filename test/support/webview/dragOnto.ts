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
  await aimAt(target, async () => {
    await target.hover({ force: true })
    await marked.waitFor()
  })
  await mouse.up()
}

/** Points at a row until it has stayed where it is for some paints. */
async function aimAt(row: Locator, point: () => Promise<void>): Promise<void> {
  let place = ''
  for (let aim = 0, still = 0; aim < 40 && still < 3; aim += 1) {
    await point()
    const next = JSON.stringify(await row.boundingBox())
    still = next === place ? still + 1 : 0
    place = next
    await row
      .page()
      .evaluate(
        () => new Promise<void>((painted) => requestAnimationFrame(() => requestAnimationFrame(() => painted()))),
      )
  }
}
