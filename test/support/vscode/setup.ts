import type { FrameLocator, Page } from 'playwright-core'
import { pageFrame } from './panel.ts'

/** The page "What are these?", once it is in front. */
export async function setupPage(page: Page): Promise<FrameLocator> {
  const frame = pageFrame(page)
  await frame.getByRole('heading', { level: 1, name: 'What are these?' }).waitFor()
  return frame
}

/** Chooses a list there, and starts. Absent `keep`: in the folder. */
export async function sayWhatTheseAre(
  page: Page,
  { list, keep }: { list: string; keep?: 'stored profile' },
): Promise<void> {
  const frame = await setupPage(page)
  await frame.getByRole('radio', { name: list, exact: true }).click()
  if (keep) await frame.getByRole('radio', { name: keep }).click()
  await frame.getByRole('button', { name: 'Start', exact: true }).click()
}
