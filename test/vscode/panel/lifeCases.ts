import { strict as assert } from 'node:assert'
import type { FrameLocator } from 'playwright-core'
import { serversBelow } from '../../support/vscode/processes.ts'
import { type Case, cases, until, untilEqual } from '../../support/vscode/runner.ts'
import { walkthroughOf } from '../../support/vscode/walkthrough.ts'
import { type PanelWorld, rightKey } from './panelWorld.ts'

/** What may come between a person and a form: another editor in front, a reload of the window, a server that dies. */
export function lifeCases({ page, workbench, panel, editor }: PanelWorld): Case[] {
  const { frame, button, field, row } = panel
  const walkthrough = walkthroughOf(workbench)
  const interests = field('What you want to see less of')
  let scrolled = 0

  async function expectPromptsAsLeft() {
    // After a reload everything starts anew: extension host, server, page.
    await interests.waitFor()
    await panel.heading('Interests and prompts').waitFor()
    await untilEqual('what was typed', () => interests.inputValue(), 'half a sen')
    await until('the page to be as far down as it was', async () => Math.abs((await scrollTop()) - scrolled) <= 2)
  }
  const scrollTop = () => frame.locator('html').evaluate<number, unknown>('document.documentElement.scrollTop')

  return cases({
    'a panel that is hidden and shown again is on its page, as far down, with what was typed': async () => {
      await panel.open()
      await panel.goTo('Interests and prompts')
      await interests.fill('half a sen')
      await frame.getByRole('figure', { name: 'User' }).waitFor()
      const scrollEnded = await expectSoon(frame, "addEventListener('scrollend', resolve, { once: true })")
      await panel.heading('Interests and prompts').hover()
      await page.mouse.wheel(0, 500)
      await scrollEnded()
      scrolled = await scrollTop()
      assert.ok(scrolled > 100, `${scrolled} pixels down`)
      await workbench.openFile('items.jsonl')
      await page.locator('iframe.webview').waitFor({ state: 'hidden' })
      await panel.tab.click()
      await expectPromptsAsLeft()
    },

    'a window that is reloaded brings the panel back, and the extension with it': async () => {
      const loaded = page.waitForEvent('load')
      await workbench.command('Developer: Reload Window')
      await loaded
      await panel.tab.waitFor()
      await expectPromptsAsLeft()
      await button('Discard').first().click()
      await untilEqual('the draft to be gone', () => interests.inputValue(), '')
    },

    'the ticks of the first steps outlive the reload': async () => {
      await walkthrough.open()
      await untilEqual('all ticks', walkthrough.ticked, ['file', 'categories', 'model', 'corrections'])
      await panel.open()
    },

    'a key that is gone is told where it is missed, and entered there': async () => {
      // This editor, in a browser, keeps secrets in memory only: the reload has taken the key along.
      await workbench.statusBar.filter({ hasText: 'LLM: key missing' }).waitFor()
      await panel.goTo('Providers')
      await row('work').getByRole('button', { name: 'Set the key', exact: true }).first().click()
      await workbench.type('Key of "work"', rightKey)
      await row('work').getByText('The connection works').waitFor()
      await workbench.statusBar.filter({ hasNotText: 'missing' }).waitFor()
    },

    'a half-filled form outlives the server, and is saved by the next one': async () => {
      await button('Edit work').click()
      await field('Base URL').waitFor()
      const address = await until('the address', async () => (await field('Base URL').inputValue()) || null)
      // The same place, said in another way: the key is for this origin, and stays.
      await field('Base URL').fill(`${address}/`)
      const [first] = serversBelow(editor.pid)
      assert.ok(first !== undefined)
      // It is back so soon that the sentence is read by whoever watches all the time.
      const told = await expectSoon(frame, whenSaid('The background server is starting.'))
      process.kill(first, 'SIGKILL')
      await told()
      await until('another server', () => serversBelow(editor.pid).some((pid) => pid !== first))
      await frame.getByText('background server').waitFor({ state: 'hidden' })
      await untilEqual('what was typed', () => field('Base URL').inputValue(), `${address}/`)
      await button('Save and test').click()
      await row('work').getByText('The connection works').waitFor()
    },

    'a server that dies again and again is told, and a person starts it from the page': async () => {
      await button('Edit work').click()
      await field('Key from variable').fill('HALF_A_VARI')
      const restart = button('Restart server')
      const seen = new Set<number>()
      await until('it to be given up', async () => {
        for (const pid of serversBelow(editor.pid)) {
          if (!seen.has(pid)) process.kill(pid, 'SIGKILL')
          seen.add(pid)
        }
        return await restart.isVisible()
      })
      await frame.getByText('What you typed stays here.').waitFor()
      await untilEqual('what was typed', () => field('Key from variable').inputValue(), 'HALF_A_VARI')
      await restart.click()
      await restart.waitFor({ state: 'detached' })
      await field('Key from variable').fill('')
      await button('Save and test').click()
      await row('work').getByText('The connection works').waitFor()
    },
  })
}

/**
 * Begins to wait in the page for something that may be over before anybody asks; what is returned waits for it to have happened.
 * `listen`: code that calls `resolve` when it does. In code, as the project for Node knows no document.
 */
async function expectSoon(frame: FrameLocator, listen: string): Promise<() => Promise<void>> {
  const root = frame.locator('html')
  await root.evaluate(`void (globalThis.soon = new Promise((resolve) => { ${listen} }))`)
  return () => root.evaluate('globalThis.soon.then(() => undefined)')
}

const whenSaid = (sentence: string) => `
  const look = () => document.body.textContent.includes(${JSON.stringify(sentence)}) && resolve()
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true })
`
