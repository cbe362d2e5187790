import type { Locator } from 'playwright-core'

/**
 * As a person drags: takes it, waits until the page shows where it may go, aims again for as long as what is shown then moves the rows,
 * and lets go when the target stands still under the pointer.
 */
export async function dragOnto(source: Locator, target: Locator): Promise<void> {
  const { mouse } = source.page()
  const marked = target.locator('xpath=ancestor-or-self::*[contains(@class, "is-target")]')
  await source.hover()
  await mouse.down()
  let place = ''
  for (let aim = 0; aim < 20; aim += 1) {
    await target.hover({ force: true })
    await marked.waitFor()
    const next = JSON.stringify(await target.boundingBox())
    if (next === place) break
    place = next
    await source
      .page()
      .evaluate(
        () => new Promise<void>((painted) => requestAnimationFrame(() => requestAnimationFrame(() => painted()))),
      )
  }
  await mouse.up()
}
