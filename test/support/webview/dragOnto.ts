import type { Locator } from 'playwright-core'

/**
 * As a person drags: takes it, waits until the page shows where it may go, aims again, because what is shown then may have moved the
 * rows, and lets go.
 */
export async function dragOnto(source: Locator, target: Locator): Promise<void> {
  const { mouse } = source.page()
  await source.hover()
  await mouse.down()
  await target.hover({ force: true })
  await target.locator('xpath=ancestor-or-self::*[contains(@class, "is-target")]').waitFor()
  await target.hover({ force: true })
  await mouse.up()
}
