/** @file vitest run test/app: every channel is handled, and only what the contract allows goes through. */

import { describe, expect, expectTypeOf, test } from 'vitest';
import { handlers } from '../../src/main/engine/service/handlers.ts';
import {
  allRequests,
  requestMessage,
  serviceMessage,
  serviceRequests,
  type WorkspaceEvent,
} from '../../src/main/engine/service/protocol.ts';
import type { mainHandlers } from '../../src/main/ipc/handlers.ts';
import {
  mainRequests,
  requests,
  workspaceRequests,
  type Channel,
  type EventName,
  type MainChannel,
  type Params,
  type Result,
  type WorkspaceChannel,
} from '../../src/preload/contract.ts';

const workspace = '0123456789abcdef';

describe('channels', () => {
  test('are handled, each by exactly one side', () => {
    expectTypeOf<keyof ReturnType<typeof mainHandlers>>().toEqualTypeOf<MainChannel>();
    expectTypeOf<keyof typeof handlers>().toEqualTypeOf<WorkspaceChannel>();
    expectTypeOf<MainChannel | WorkspaceChannel>().toEqualTypeOf<Channel>();
    expectTypeOf<MainChannel & WorkspaceChannel>().toEqualTypeOf<never>();
    expect(Object.keys(handlers).sort()).toEqual(Object.keys(workspaceRequests).sort());
    expect(Object.keys(requests)).toHaveLength(
      Object.keys(mainRequests).length + Object.keys(workspaceRequests).length,
    );
  });

  test('of main to the service are not reachable for the window', () => {
    for (const channel of Object.keys(serviceRequests)) expect(requests).not.toHaveProperty(channel);
    expect(Object.keys(allRequests)).toEqual(expect.arrayContaining(Object.keys(workspaceRequests)));
  });

  test('infer their parameters and results', () => {
    expectTypeOf<Params<'job.cancel'>>().toEqualTypeOf<{ workspace: string; id: number }>();
    expectTypeOf<Result<'job.start'>>().toEqualTypeOf<{ job: number | null; queued: number | null }>();
    expectTypeOf<Result<'workspace.choose'>>().toEqualTypeOf<string | null>();
  });

  test('every event has a sender', () => {
    expectTypeOf<WorkspaceEvent | 'service.state' | 'menu.command'>().toEqualTypeOf<EventName>();
  });
});

describe('the border', () => {
  test.each([
    ['a path as workspace', 'jobs.list', { workspace: '../../etc' }],
    ['a missing workspace', 'jobs.list', {}],
    ['a job that is not a number', 'job.cancel', { workspace, id: '1; kill' }],
    ['a negative job', 'job.cancel', { workspace, id: -1 }],
    ['an unknown kind of job', 'job.start', { workspace, job: { kind: 'shell', command: 'rm' } }],
    ['endless members', 'groups.list', { workspace, balance: 1, limit: 30, members: 1e9 }],
    ['an unknown theme', 'app.setTheme', { theme: 'pink' }],
    ['another device than there can be', 'settings.set', { onClose: 'ask', device: 'gpu:0; rm', memoryBytes: null }],
    ['a column in the place of an option', 'import.preview', { workspace, sources: ['--json'], format: 'auto' }],
    ['a folder without a name', 'workspace.open', { dir: '', create: false }],
  ] as const)('refuses %s', (_, channel, params) => {
    expect(requests[channel].params.safeParse(params).success).toBe(false);
  });

  test('lets the ordinary through', () => {
    expect(workspaceRequests['job.start'].params.parse({ workspace, job: { kind: 'demo', quick: true } })).toEqual({
      workspace,
      job: { kind: 'demo', quick: true },
    });
    expect(mainRequests['service.restart'].params.safeParse(undefined).success).toBe(true);
  });

  test('takes what JSON makes of messages without a value', () => {
    const overTheChannel = (message: object): unknown => JSON.parse(JSON.stringify(message));
    expect(serviceMessage.parse(overTheChannel({ id: 1, ok: true, value: undefined }))).toEqual({ id: 1, ok: true });
    const request = { id: 2, channel: 'jobs.list', dir: '/w', params: undefined };
    expect(requestMessage.parse(overTheChannel(request))).toEqual({ id: 2, channel: 'jobs.list', dir: '/w' });
    expect(serviceMessage.safeParse({ event: 'no.such', payload: 1 }).success).toBe(false);
  });
});
