import type { Page } from 'playwright-core'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import type { Interactions } from '../../support/vscode/interactions.ts'
import { type PanelOfWindow, panelOf } from '../../support/vscode/panel.ts'
import { type Workbench, workbenchOf } from '../../support/vscode/workbench.ts'

export const wrongKey = 'sk-canary-5b1e77f0d4'
export const rightKey = 'sk-canary-c93a0e62b8'

/** What scripts/test-vscode.mjs hands over. */
export interface PanelParts {
  /** A window on an empty profile. */
  page: Page
  workspace: string
  editor: { pid: number; home: string }
  /** In that window. */
  interactions: Interactions
  /** Another window on the same profile, on a folder of its own. */
  openWindow(): Promise<Page>
}

/** What the cases share: they go one after the other, as a person does. */
export interface PanelWorld extends PanelParts {
  workbench: Workbench
  panel: PanelOfWindow
  /** An OpenAI as far as it goes, that accepts the right key only. */
  provider(): Promise<FakeModelServer>
  close(): Promise<void>
}

export function createPanelWorld(parts: PanelParts): PanelWorld {
  const workbench = workbenchOf(parts.page)
  let started: Promise<FakeModelServer> | undefined
  return {
    ...parts,
    workbench,
    panel: panelOf(workbench),
    provider() {
      started ??= startFakeModelServer({ models: ['fake-model'], key: rightKey })
      return started
    },
    close: async () => (await started)?.close(),
  }
}
