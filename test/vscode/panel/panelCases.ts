import type { Case } from '../../support/vscode/runner.ts'
import { knowledgeCases } from './knowledgeCases.ts'
import { lifeCases } from './lifeCases.ts'
import { pageCases } from './pageCases.ts'
import { createPanelWorld, type PanelParts } from './panelWorld.ts'
import { wayCases } from './wayCases.ts'
import { windowCases } from './windowCases.ts'

/** The settings panel in the real editor, from an empty profile to one that is empty again. */
export function panelCases(parts: PanelParts): Case[] {
  const world = createPanelWorld(parts)
  return [...wayCases(world), ...knowledgeCases(world), ...pageCases(world), ...lifeCases(world), ...windowCases(world)]
}
