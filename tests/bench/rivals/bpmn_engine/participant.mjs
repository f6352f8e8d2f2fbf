// bpmn-engine (npm) on the same PostgreSQL: its state is written at every wait, and read back before every step
// unless a command says `live` (then engines stay in memory and the state is only written).
// Speaks the same lines of JSON as crews.py: one command, one answer; a client is a forked process.
import fs from 'node:fs';
import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { performance } from 'node:perf_hooks';
import { Engine } from 'bpmn-engine';
import pg from 'pg';

const place = JSON.parse(process.argv[2]);
const connection = { host: place.host, port: Number(place.port), user: place.user, database: place.dbname };
const ROUNDS_AT_A_MARK = 10;

// The one diagram, its expressions written in this engine's language.
const source = [
  ['len(departments)', '${environment.variables.departments}'],
  ['evidence_count &gt; 0', '${environment.output.evidence_count}'],
  ['department_review == "approve"', '${environment.output.reviewed}'],
  ['office_approval == "approve"', '${environment.output.approved}'],
].reduce((xml, [ours, theirs]) => {
  if (!xml.includes(ours)) throw new Error(`the diagram holds no expression ${ours}`);
  return xml.replace(ours, theirs);
}, fs.readFileSync(new URL('../../lifecycle.bpmn', import.meta.url), 'utf8'));

class Scenario {
  constructor({ departments, rejects, returns }) {
    Object.assign(this, { departments, rejects, returns });
    this.humanSteps = 2 + 2 * departments * (1 + returns) + 2 * rejects + returns;
  }

  // The forms of scenario.py; conditions of this engine want true or false.
  answer(element) {
    if (element === 'assign') return { remark: 'to be handed in with five photographs and a report' };
    if (element === 'collect') {
      const note = 'measured on site, see the attached protocol and photos '.repeat(2);
      return {
        evidence_count: 3,
        evidence_list: [0, 1, 2].map((n) => ({ id: `evidence-${n}`, name: `evidence file ${n}.pdf`, sha256: 'ab'.repeat(32), size: 123456 + n, note })),
      };
    }
    if (element === 'department_review') {
      const comment = 'checked against the checklist of the department; see remarks in the protocol '.repeat(2);
      return { reviewed: this.rejects-- <= 0, comment };
    }
    if (element !== 'office_approval') throw new Error(`the lifecycle has no step ${element}`);
    return { approved: this.returns-- <= 0, office_comment: 'complete and consistent, filed under the given reference number '.repeat(2) };
  }
}

// An answer becomes visible to the conditions of its own (sub)process.
function saveOutput(activity) {
  if (activity.type !== 'bpmn:UserTask') return undefined;
  return {
    activate() {
      const keep = (_, message) => Object.assign(activity.environment.output, message.content.output);
      activity.broker.subscribeTmp('event', 'activity.end', keep, { noAck: true, consumerTag: '_out' });
    },
    deactivate() {
      activity.broker.cancel('_out');
    },
  };
}

class Participant {
  constructor(client, live) {
    Object.assign(this, { client, live, kept: new Map() });
  }

  async start(scenario) {
    const engine = new Engine({ name: 'bench', source, extensions: { saveOutput } });
    const execution = await engine.execute({ variables: { departments: scenario.departments } });
    const state = JSON.stringify(await engine.getState());
    const { rows } = await this.client.query('INSERT INTO instance (state) VALUES ($1) RETURNING id', [state]);
    await this.away(rows[0].id, engine, execution);
    return rows[0].id;
  }

  async step(id, scenario) {
    const [engine, execution] = this.live ? this.kept.get(id) : await this.back(id);
    const task = waiting(execution)[0];
    if (!task) throw new Error('no person has anything to do, and the case goes on');
    task.signal(scenario.answer(task.id));
    const state = JSON.stringify(await engine.getState());
    await this.client.query('UPDATE instance SET state = $1 WHERE id = $2', [state, id]);
    if (!this.live) await this.client.query('COMMIT');
    const goesOn = engine.state !== 'idle' && !execution.completed;
    if (goesOn) await this.away(id, engine, execution);
    else this.kept.delete(id);
    return goesOn;
  }

  async back(id) {
    await this.client.query('BEGIN');
    const { rows } = await this.client.query('SELECT state FROM instance WHERE id = $1 FOR UPDATE', [id]);
    const engine = new Engine({ name: 'bench', extensions: { saveOutput } }).recover(JSON.parse(rows[0].state), { extensions: { saveOutput } });
    return [engine, await engine.resume()];
  }

  async away(id, engine, execution) {
    if (this.live) this.kept.set(id, [engine, execution]);
    else await engine.stop();
  }

  async stateBytes(id) {
    const { rows } = await this.client.query('SELECT octet_length(state) AS bytes FROM instance WHERE id = $1', [id]);
    return rows[0].bytes;
  }
}

function waiting(execution) {
  return execution.getPostponed().flatMap((api) => (api.type === 'bpmn:SubProcess' ? api.getPostponed() : [api])).filter((api) => api.type === 'bpmn:UserTask');
}

function reason(death) {
  return `${death.name}: ${death.message}`.slice(0, 200);
}

async function lifecycles(participant, command, seconds) {
  const seen = { milliseconds: [], starts: 0, cases: 0, state_bytes: 0, stopped: null };
  const begun = performance.now();
  const cpu = process.cpuUsage();
  while (seen.stopped === null && (seen.cases === 0 || performance.now() - begun < 1000 * seconds)) {
    const scenario = new Scenario(command);
    const at = performance.now();
    let id;
    try {
      id = await participant.start(scenario);
      seen.starts += performance.now() - at;
      await oneCase(participant, id, scenario, seen, begun + 1000 * command.cap);
    } catch (death) {
      if (death.mismatch || !command.may_die) throw death;
      seen.stopped = reason(death);
    }
  }
  const used = process.cpuUsage(cpu);
  const steps = seen.milliseconds.length;
  const busy = seen.milliseconds.reduce((sum, one) => sum + one, seen.starts) / 1000;
  return { ...seen, steps, steps_per_second: busy ? steps / busy : 0, cpu_ms: steps ? (used.user + used.system) / 1000 / steps : 0 };
}

async function oneCase(participant, id, scenario, seen, latest) {
  let done = 0;
  let goesOn = true;
  while (goesOn) {
    const at = performance.now();
    goesOn = await participant.step(id, scenario);
    seen.milliseconds.push(performance.now() - at);
    done += 1;
    if (seen.cases === 0 && goesOn) seen.state_bytes = Math.max(seen.state_bytes, await participant.stateBytes(id));
    if (goesOn && performance.now() > latest) {
      seen.stopped = `the time ran out after ${done} of ${scenario.humanSteps} steps`;
      return;
    }
  }
  if (done !== scenario.humanSteps) {
    throw Object.assign(new Error(`the case ended after ${done} human steps; the lifecycle has ${scenario.humanSteps}`), { mismatch: true });
  }
  seen.cases += 1;
}

async function grown(participant, command) {
  const scenario = new Scenario({ departments: 1, rejects: 1e9, returns: 0 });
  const latest = performance.now() + 1000 * command.cap;
  const answer = { marks: {}, stopped: null, reached: 0 };
  try {
    const id = await participant.start(scenario);
    await participant.step(id, scenario);
    for (const mark of command.marks) {
      while (answer.reached < mark && performance.now() < latest) await round(participant, id, scenario, answer);
      if (answer.reached < mark) return { ...answer, stopped: `the time ran out at round ${answer.reached}` };
      const times = [];
      for (let n = 0; n < ROUNDS_AT_A_MARK; n += 1) times.push(await round(participant, id, scenario, answer));
      answer.marks[mark] = { ms: times.sort((a, b) => a - b)[ROUNDS_AT_A_MARK / 2] / 2, bytes: await participant.stateBytes(id) };
    }
  } catch (death) {
    return { ...answer, stopped: reason(death) };
  }
  return answer;
}

async function round(participant, id, scenario, answer) {
  const at = performance.now();
  await participant.step(id, scenario);
  await participant.step(id, scenario);
  answer.reached += 1;
  return performance.now() - at;
}

async function connected() {
  const client = new pg.Client(connection);
  await client.connect();
  return client;
}

async function prepare() {
  const client = await connected();
  await client.query('CREATE TABLE instance (id bigserial PRIMARY KEY, state text NOT NULL)');
  await client.end();
  return [{}];
}

// --- a client connects and warms up at its first command, and measures at every other ---------------------------

async function clientMain() {
  const client = await connected();
  let participant;
  process.on('message', async (command) => {
    if (!participant) {
      participant = new Participant(client, command.live);
      if (command.do === 'run') await lifecycles(participant, { ...command, departments: 1, rejects: 0, returns: 0, may_die: false }, command.warm_up);
      process.send({ ready: true });
    } else {
      process.send(command.do === 'grow' ? await grown(participant, command) : await lifecycles(participant, command, command.seconds));
    }
  });
}

const crews = new Map();

function told(child, command) {
  return new Promise((resolve, reject) => {
    const ended = (code) => reject(new Error(`a client ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer);
    });
    child.send(command);
  });
}

// Small crews stay for the next command, so that short turns cost nothing.
async function inClients(command) {
  const count = command.clients ?? 1;
  const kind = `${command.do} ${count} ${command.live}`;
  const environment = { ...process.env, BENCH_CLIENT: '1' };
  const stdio = ['ignore', 2, 2, 'ipc'];
  let crew = crews.get(kind);
  if (!crew) {
    crew = Array.from({ length: count }, () => fork(new URL(import.meta.url).pathname, process.argv.slice(2), { env: environment, stdio }));
    await Promise.all(crew.map((child) => told(child, command)));
  }
  const answers = await Promise.all(crew.map((child) => told(child, command)));
  if (count <= 2 && command.do === 'run') crews.set(kind, crew);
  else crew.forEach((child) => child.kill());
  return answers;
}

if (process.env.BENCH_CLIENT) {
  await clientMain();
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    const clients = command.do === 'prepare' ? await prepare() : await inClients(command);
    process.stdout.write(`${JSON.stringify({ clients })}\n`);
  }
  crews.forEach((crew) => crew.forEach((child) => child.kill()));
}
