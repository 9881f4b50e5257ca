"""Templates of every construct: listed ones for what has been found to differ, and ones put together at random."""

import random

LISTED = [
    # What is none, undefined, true.
    "{{ tools is none }}{{ tools is defined }}{{ nothing is defined }}{{ nothing is none }}{{ nothing is undefined }}",
    "{{ tools is not none }}{{ not tools is none }}{{ none is none }}{{ None }}{{ none }}{{ true }}{{ True }}{{ false }}",
    "{% if tools is not none %}TOOLS{% endif %}{% if not tools %}none{% endif %}",
    "{{ nothing }}|{{ nothing ~ 'x' }}|{{ nothing or 'other' }}|{{ nothing|default('d') }}|{{ none|default('d') }}|{{ none|default('d', true) }}",
    "{{ nothing.x }}", "{{ nothing['x'] }}", "{{ nothing + 1 }}", "{{ messages[0].nothing }}", "{{ messages[0].nothing.x }}", "{{ messages[9] }}",
    "{{ messages[9].role }}", "{{ 'a' in nothing }}", "{% for x in nothing %}{{ x }}{% else %}empty{% endfor %}", "{{ nothing() }}", "{{ nothing == nothing2 }}",
    "{{ nothing|length }}", "{{ nothing is sequence }}{{ nothing is iterable }}{{ nothing is callable }}{{ nothing is string }}",
    "{{ 1 if false }}|{{ (1 if false) is defined }}", "{{ -nothing }}", "{{ nothing < 1 }}", "{{ [nothing] }}", "{{ nothing|tojson }}", "{{ nothing|int }}",
    "{{ nothing|upper }}|{{ nothing|trim }}|{{ nothing|list }}|{{ nothing|join }}|{{ nothing|string }}|{{ nothing|first }}|{{ nothing|float }}",
    # Leaving loops.
    "{% for m in messages %}{{ m.role }}{% if loop.index == 2 %}{% break %}{% endif %};{% endfor %}",
    "{% for m in messages %}{{ m.role }}{% if m.role == 'user' %}{% continue %}{% endif %};{% endfor %}",
    "{% for i in range(3) %}a{% for j in range(3) %}{{ j }}{% if j == 1 %}{% break %}{% endif %}b{% endfor %}c{% else %}never{% endfor %}",
    "{% for i in range(4) %}{% set x %}x{% if i == 2 %}{% break %}{% endif %}y{% endset %}{{ x }}{% endfor %}",
    "{% for i in range(4) %}{% filter upper %}x{% if i == 2 %}{% continue %}{% endif %}y{% endfilter %}{% endfor %}",
    "{% for i in range(4) %}{% with j = i %}{{ j }}{% if j == 1 %}{% break %}{% endif %}{% endwith %}{% endfor %}", "{% break %}", "{% for i in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% for x in [] %}{% else %}{% for y in [1, 2] %}{{ y }}{% break %}{% endfor %}{% endfor %}",
    # Stripping.
    "[{{ '\\n hi\\n'.strip() }}][{{ '\\n hi\\n'.strip('\\n') }}][{{ 'xxhixx'.lstrip('x') }}][{{ 'xxhixx'.rstrip('x') }}][{{ '##a##'|trim('#') }}]",
    "[{{ '\\x1c\\x85 a\\ufeff '.strip() }}][{{ ' a '.strip(none) }}][{{ 'abcab'.strip('ba') }}][{{ 'a'.strip('') }}]",
    # White space around tags.
    "  {% if true %}  \n  a\n  {% endif %}  \n b", "a\n  {%- if true -%}  \n b \n {%- endif -%} \n c", "a\n  {%+ if true %}\nb\n  {%+ endif %}\nc", "{{- 'a' -}}  \n  {{ 'b' }}\n\n{{ 'c' }}\n",
    "x {# comment #} y\n  {# comment #}\nz\n{#- a -#}\n w", "{% if true %}\r\n a\r\n{% endif %}\r\nb\rc\r\n", "  {{ 'a' }}  \n  {% set x = 1 %}\n\n  {{ x }}", "{% if true -%}\n\n  x{% endif %}",
    "a {%- raw %} {{ x }} {% endraw -%}  b", "  {% raw %}\n {% if %}\n  {% endraw %}\n c", "\t{% for i in [1] %}\t\n\t{{ i }}\t\n\t{% endfor %}\t", "a\n{%- set x = 1 %}\nb", "{%- for i in [1, 2] +%}\n{{ i }}{% endfor %}",
    "\n{% if true %}\n\na{% endif %}", "  {%if true%}a{%endif%}", "a{{'b'}}\n", "a\n\n", "\n", "", "{#- -#}", "a{#+ b +#}\nc", "{% if true +%}\n x{% endif +%}\n y",
    # What Python prints.
    "{{ [1, 1.0, 'a', \"it's\", 'q\"', none, true, (1,), (1, 2), {}, {'a': [1]}, ()] }}", "{{ 'a\\nb\\t\\\\'|list }}", "{{ ['\\x00', '\\x7f', 'é', '\\u200b', '\\U0001F600', '\\xa0', 'a\\'b\"c'] }}",
    "{{ 1.0 }} {{ 1e16 }} {{ 1e15 }} {{ 1e-4 }} {{ 0.00001 }} {{ 123456789.125 }} {{ 1e22 }} {{ 0.1 + 0.2 }} {{ -0.0 }} {{ 1e400 }} {{ 5e-324 }}", "{{ 10 ** 20 }} {{ 2 ** -1 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 4 / 2 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }}",
    "{{ range(3) }} {{ range(1, 5, 2)|list }} {{ range(5, 1, -2)|list }} {{ {'a': 1}.items() }} {{ {'a': 1}.keys() }} {{ {1: 2}.values() }} {{ namespace(a=1) }}", "{{ dict(a=1, b=2) }} {{ dict([('a', 1)], c=3) }} {{ {1: 'a', 1.0: 'b', true: 'c'} }}",
    "{{ '🎿é'|length }} {{ '🎿é'[0] }} {{ '🎿é'[1:] }} {{ '🎿é'[::-1] }} {{ 'a🎿b'.find('b') }} {{ '🎿'.center(5, '*') }} {{ '%5s|' % '🎿' }} {{ '🎿ab'|truncate(2, true, '') }}",
    "{{ true + 1 }} {{ true == 1 }} {{ 1 == 1.0 }} {{ '1' == 1 }} {{ [1] == [1.0] }} {{ (1,) == [1] }} {{ none == false }} {{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 < 3 > 2 }}",
    "{{ 'a' ~ 1 ~ none ~ true ~ 1.5 ~ [1] }}", "{{ 1 ~ 2 + 3 }}", "{{ 1 + 2 ~ 3 }}", "{{ 2 * 3 ~ 4 }}", "{{ not 1 == 2 }} {{ not true or true }} {{ 1 or 2 and 3 }} {{ 0 or none }} {{ '' and 1 }}", "{{ -1|abs }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }} {{ -'a' }}",
    "{{ 'abc'|upper|lower|capitalize }} {{ ('a' ~ 'b')|upper }} {{ 'a' ~ 'b'|upper }} {{ 1 + '2'|int }} {{ 'x' is string and 1 is number }} {{ 'a' if 1 is odd else 'b' }}", "{{ 1 is divisibleby 2 }} {{ 4 is divisibleby(2) }} {{ 3 is in [1, 3] }} {{ 3 is not in [1, 3] }} {{ 'a' is eq 'a' }}",
    "{{ 1 in [1] == true }}", "{{ 'b' not in 'abc' }} {{ 'z' not in 'abc' }} {{ 1 in {1: 2} }} {{ 'a' in messages[0] }} {{ 1 in 'abc' }}", "{{ [1, 2] + [3] }} {{ (1,) + (2,) }} {{ 'ab' * 2 }} {{ [0] * 3 }} {{ 2 * 'x' }} {{ 'a' + 1 }}", "{{ 'a' - 1 }}", "{{ [1] + (2,) }}", "{{ 1 / 0 }}",
    "{{ 'a' < 'b' }} {{ 'Z' < 'a' }} {{ '\\uffff' < '🎿' }} {{ [1, 2] < [1, 3] }} {{ (1,) < (1, 2) }} {{ 1 < 'a' }}", "{{ 'it''s' }} {{ 'a' \"b\" }} {{ 'a\\q\\'\\x41\\u00e9\\101' }}", "{{ 'é\\é' }}", "{{ 'a\\\nb' }}", "{{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 1_000 }} {{ 1e3 }} {{ 1_0.5 }}",
    # Attributes, items and slices.
    "{{ messages[0].content }}{{ messages[0]['content'] }}{{ messages[-1]['role'] }}{{ messages[0].get('x', 'no') }}{{ messages[0].get('x') }}", "{{ {'items': 1}.items }}", "{{ {'items': 1}['items'] }} {{ {'a': 1}['items'] is callable }}", "{{ messages[1:]|length }} {{ messages[:-1]|length }} {{ messages[::2]|length }} {{ messages[::-1][0].role }} {{ 'abc'[5:] }}",
    "{{ 'abc'[1] }} {{ 'abc'[-1] }} {{ 'abc'[9] }}| {{ 'abc'['x'] }}| {{ [1, 2].x }}| {{ [1, 2]['0'] }}| {{ [1, 2].0 }} {{ (1, 2)[true] }}", "{{ none[1:] }}", "{{ none[0] }}|{{ none.x }}|{{ 5['a'] }}|{{ 5[0] }}|", "{{ {'a': 1}[1:] }}", "{{ [1][::0] }}", "{{ 'abc'['a':] }}",
    "{{ [].append(1) }}", "{% set x = [] %}{{ x.append }}", "{{ {}.update({'a': 1}) }}", "{{ ''.__class__ }}", "{{ 'a'.foo }}", "{{ 'a'.foo() }}", "{{ {'a': {'b': 1}}.a.b }} {{ {'a-b': 1}['a-b'] }} {{ {1: 2}[1] }} {{ {1: 2}['1'] }}|",
    # Loops.
    "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}", "{% for m in messages %}{{ loop.previtem.role }}<{{ m.role }}>{{ loop.nextitem.role if loop.nextitem else '' }};{% endfor %}",
    "{% for m in messages %}{{ loop.nextitem is defined }}{{ loop.previtem is defined }}{{ loop.cycle('a', 'b') }}{{ loop.changed(m.role) }};{% endfor %}", "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }},{% endfor %}{% for k, v in {'a': 1}|items %}{{ k }}{{ v }}{% endfor %}{% for k in {'z': 1, 'a': 2} %}{{ k }}{% endfor %}",
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}/{{ loop.length }}{{ m.content }}{% else %}no{% endfor %}", "{% for m in messages if m.role == 'nobody' %}x{% else %}nobody{% endfor %}", "{% for i in [[1, [2]], [3]] recursive %}{% if i is iterable and i is not string %}({{ loop(i) }}){% else %}{{ i }}@{{ loop.depth }}{% endif %}{% endfor %}",
    "{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = 5 %}{{ x }}{% endfor %}{{ x }}", "{% for i in 'héy🎿' %}{{ i }},{% endfor %}", "{% for i in 5 %}{% endfor %}", "{% for a, b in [[1, 2], [3]] %}{{ a }}{% endfor %}", "{% for (a, b), c in [[[1, 2], 3]] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "{% for i in range(3) %}{{ i }}{% endfor %}{{ i }}",
    "{% for i in range(1000000) %}{% endfor %}", "{% for i in [1, 2]|map('string') %}{{ loop.length }}{{ loop.last }}{% endfor %}", "{% for x in [1] %}{{ loop.foo }}{% endfor %}{{ loop }}", "{% for i in [1,2] %}{% for j in [3,4] %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}", "{% for m in messages %}{% if loop.last and add_generation_prompt %}end{% endif %}{% endfor %}",
    # Setting, scopes and namespaces.
    "{% set ns = namespace(found=false, n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% if m.role == 'user' %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.found }}{{ ns.n }}{{ ns.x }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}{% set d = (1) %}{{ d }}", "{% set x %}a{{ 1 }}\n{% endset %}[{{ x }}]{% set y | upper %}abc{% endset %}{{ y }}",
    "{% set x = {} %}{% set x.y = 1 %}", "{% set ns = namespace() %}{% set ns._x = 1 %}", "{% with a = 1, b = 2 %}{{ a + b }}{% set a = 5 %}{{ a }}{% endwith %}{{ a }}", "{% set a = 3 %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}", "{% if true %}{% set z = 1 %}{% endif %}{{ z }}{% if false %}{% set w = 1 %}{% endif %}{{ w }}|", "{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}{{ ns['a'] }}",
    "{% filter upper %}a{{ 'b' }}{% endfilter %}{% filter replace('a', 'b') | upper %}aXa{% endfilter %}", "{% generation %}x{% set q = 1 %}{{ q }}{% endgeneration %}{{ q }}", "{% print 1, 2 %}", "{% set messages = messages[1:] %}{{ messages|length }}", "{% set loop_messages = messages if messages[0].role != 'system' else messages[1:] %}{{ loop_messages|length }}",
    # Macros.
    "{% macro f(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }}|{{ f(1, 3) }}|{{ f(1, c=4) }}|{{ f(b=1, a=2) }}|{{ f() }}", "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, x=3) }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(z=2) }}", "{% macro f() %}[{{ caller() }}]{% endmacro %}{% call f() %}body{% endcall %}",
    "{% macro f(xs) %}{% for x in xs %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(y) f([1, 2]) %}<{{ y }}>{% endcall %}", "{% macro f() %}x{% endmacro %}{% call f() %}y{% endcall %}", "{% set t = 1 %}{% macro f() %}{{ t }}{{ u }}{% endmacro %}{{ f() }}{% set u = 5 %}{{ f() }}", "{% macro r(n) %}{{ n }}{% if n > 0 %}{{ r(n - 1) }}{% endif %}{% endmacro %}{{ r(3) }}", "{% macro f() %}{{ messages|length }}{% endmacro %}{{ f()|int + 1 }}", "{% macro f(x) %}{% set x = x ~ '!' %}{{ x }}{% endmacro %}{{ f('a') }}{{ f(*['b']) }}{{ f(**{'x': 'c'}) }}",
    "{% macro f(a=[]) %}{{ a }}{{ a is defined }}{% endmacro %}{{ f() }}{{ f(none) }}", "{% macro f(a, a) %}{% endmacro %}", "{% macro f(a=1, b) %}{% endmacro %}", "{{ f }}{% macro f() %}{% endmacro %}",
    # Filters.
    "{{ [3, 1, 2]|sort }} {{ ['b', 'A', 'c']|sort }} {{ ['b', 'A']|sort(case_sensitive=true) }} {{ [1, 2]|sort(reverse=true) }} {{ messages|sort(attribute='role')|map(attribute='role')|join(',') }}", "{{ {'b': 1, 'A': 2}|dictsort }} {{ {'b': 1, 'a': 2}|dictsort(by='value') }} {{ {'b': 1, 'a': 2}|dictsort(true, 'key', true) }}", "{{ [1, 'a']|sort }}",
    "{{ messages|map(attribute='role')|list }} {{ ['a', 'b']|map('upper')|join }} {{ [1, 2, 3]|select('odd')|list }} {{ [1, 2, 3]|reject('odd')|list }} {{ [0, 1]|select|list }} {{ messages|selectattr('role', 'equalto', 'user')|list|length }} {{ messages|rejectattr('role', 'in', ['user'])|list|length }}", "{{ messages|selectattr('tool_calls', 'defined')|list }} {{ messages|map(attribute='x', default='d')|list }}",
    "{% set g = [1, 2]|map('string') %}{{ g|list }}{{ g|list }}", "{% if []|select %}true{% else %}false{% endif %}", "{{ [1, 2]|select }}", "{{ [1]|map('nosuch') is defined }}", "{{ [1]|map('nosuch')|list }}", "{{ 1|nosuch }}", "{% if false %}{{ 1|nosuch }}{% endif %}ok", "{{ 1 is nosuch }}", "{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} {{ ' a b c '.split(none, 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ ' a b '.rsplit(none, 1) }} {{ ''.split() }} {{ ''.split(',') }}",
    "{{ 'aaa'.rsplit('aa', 1) }} {{ 'aaa'.split('aa') }} {{ 'a'.split('') }}", "{{ 'abc'.replace('b', 'x') }} {{ 'aaa'.replace('a', 'b', 2) }} {{ 'ab'.replace('', '-') }} {{ 'aaa'|replace('a', 'b', 2) }} {{ 1|replace(1, 2) }} {{ 'ab'.replace('', '-', 2) }}", "{{ 'Hello World'.title() }} {{ \"they're\".title() }} {{ \"they're\"|title }} {{ 'hELLO'.capitalize() }} {{ 'aB'.swapcase() }} {{ 'ß'.upper() }} {{ 'ǆ'.title() }} {{ 'ΑΣ'.lower() }}",
    "{{ 'a-b'.partition('-') }} {{ 'a-b-c'.rpartition('-') }} {{ 'ab'.partition('-') }} {{ 'ab'.rpartition('-') }}", "{{ 'abc'.startswith('a') }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'abc'.endswith('c', 0, 2) }} {{ 'abc'.startswith('b', 1) }} {{ 'abc'.find('c') }} {{ 'abc'.find('z') }} {{ 'abc'.index('b') }} {{ 'abcabc'.rfind('b') }} {{ 'aaa'.count('a') }} {{ 'aaa'.count('aa') }} {{ 'ab'.count('') }}", "{{ 'abc'.index('z') }}", "{{ 'abc'.startswith(['a']) }}",
    "{{ 'a\\nb\\r\\nc\\x0bd\\u2028e'.splitlines() }} {{ 'a\\nb\\n'.splitlines(true) }} {{ 'a\\n\\nb'.split('\\n') }}", "{{ ','.join(['a', 'b']) }} {{ ''.join([]) }} {{ ','.join('abc') }} {{ [1, none, true]|join(',') }} {{ 'abc'|join('-') }} {{ messages|join(',', attribute='role') }}", "{{ ','.join([1]) }}", "{{ 'ab'.ljust(4, '.') }}{{ 'ab'.rjust(4) }}{{ 'ab'.center(5) }}{{ 'abc'.center(6) }}{{ 'ab'|center(7) }}{{ '-5'.zfill(4) }}{{ 'a\\tb'.expandtabs(4) }}",
    "{{ 'abc'.isalpha() }}{{ 'a1'.isalnum() }}{{ '12'.isdigit() }}{{ ' '.isspace() }}{{ ''.isspace() }}{{ 'a'.islower() }}{{ 'A'.isupper() }}{{ 'Ab'.istitle() }}{{ '1'.isdecimal() }}{{ 'a_1'.isidentifier() }}{{ ''.isascii() }}{{ 'é'.isascii() }}{{ '1a'.isnumeric() }}", "{{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.txt'.removesuffix('.txt') }} {{ 'x'.removesuffix('') }}", "{{ 'AbC'.casefold() }}",
    "{{ '%s is %d and %.2f' % ('a', 5, 1.005) }} {{ '%5d|%-5d|%05d|%+d' % (1, 2, 3, 4) }} {{ '%x %X %o %#x' % (255, 255, 8, 255) }} {{ '%e %g %G' % (12345.678, 0.0001, 1e-10) }} {{ '%r' % 'a' }} {{ '%%' % () }} {{ '%(a)s' % {'a': 1} }} {{ '%c' % 65 }} {{ '%s' % none }} {{ '%5.1f|%.0f|%.0f' % (2.25, 0.5, 1.5) }}", "{{ '%d' % 'a' }}", "{{ '%s %s' % 'a' }}", "{{ 'a' % 1 }}", "{{ 'a' % [] }}{{ 'a' % {} }}", "{{ '%s'|format('x') }} {{ '%(a)s'|format(a=1) }} {{ '%.3s' % 'abcdef' }} {{ '%i' % 3.9 }}",
    "{{ '{} {}'.format(1, 'a') }} {{ '{1} {0}'.format(1, 2) }} {{ '{a}'.format(a=3) }} {{ '{:>5}|{:<5}|{:^5}|{:*^5}'.format('a', 'b', 'c', 'd') }} {{ '{:05d} {:+d} {:,} {:x} {:#b}'.format(42, 1, 1234567, 255, 5) }} {{ '{:.2f} {:.1%} {:e} {:g}'.format(3.14159, 0.5, 1234.5, 0.1) }} {{ '{{}}'.format() }} {{ '{0[a]} {0.a}'.format({'a': 1}) }} {{ '{!r} {!s}'.format('a', 'b') }} {{ '{:{w}}|'.format('a', w=4) }}", "{{ '{}'.format() }}", "{{ '{} {0}'.format(1) }}", "{{ '{:d}'.format('a') }}", "{{ '{'.format(1) }}", "{{ '{:>6}'.format(1.5) }}{{ '{:6}'.format(true) }}{{ '{}'.format(none) }}{{ '{:_}'.format(1234567) }}",
    "{{ {'a': 1, 'b': [1, 2.5, none, true, 'é\"\\n']}|tojson }} {{ 'é'|tojson(ensure_ascii=true) }} {{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }} {{ [1, {'a': []}]|tojson(indent=2) }} {{ {}|tojson(indent=4) }} {{ (1, 2)|tojson }} {{ {1: 2, none: 3, true: 4, 1.5: 5}|tojson }} {{ [1, 2]|tojson(separators=(',', ':')) }} {{ '<&>\\'' | tojson }} {{ '\\x7f\\x01🎿' | tojson }} {{ '🎿'|tojson(true) }}", "{{ range(2)|tojson }}", "{{ [1]|map('string')|tojson }}", "{{ 1e400|tojson }} {{ 1.0|tojson }} {{ 1e16|tojson }}",
    "{{ 2.5|round }} {{ 3.5|round }} {{ 2.675|round(2) }} {{ 1.25|round(1) }} {{ 42|round }} {{ 42.7|round(0, 'floor') }} {{ 42.1|round(0, 'ceil') }} {{ 1234|round(-2) }} {{ 42.55|round(1, 'ceil') }} {{ 1e300|round(2) }} {{ 2.5|round|int }} {{ 250|round(-2) }}", "{{ '42'|int }} {{ 'x'|int }} {{ 'x'|int(7) }} {{ '3.7'|int }} {{ 3.9|int }} {{ 'ff'|int(0, 16) }} {{ '0x1f'|int(0, 16) }} {{ ' 5 '|int }} {{ none|int }} {{ '1_0'|int }} {{ '1.5'|float }} {{ 'x'|float }} {{ 'x'|float(2.5) }} {{ 3|float }} {{ 'inf'|float }} {{ '1e3'|float }} {{ true|int }} {{ []|int }} {{ '-5'|int }}",
    "{{ [1, 2, 3]|sum }} {{ messages|map(attribute='content')|map('length')|sum }} {{ [[1], [2]]|sum(start=[]) }} {{ [1, 2]|max }} {{ [1, 2]|min }} {{ ['b', 'A']|min }} {{ []|max }}| {{ messages|max(attribute='role') is mapping }} {{ [1.5, 1]|max }}", "{{ [1, 2, 3]|first }} {{ [1, 2, 3]|last }} {{ []|first }}| {{ []|last }}| {{ 'abc'|first }} {{ 'abc'|last }} {{ {'a': 1}|first }} {{ {'a': 1, 'b': 2}|last }} {{ range(3)|last }}", "{{ [1]|map('string')|last }}", "{{ 'abc'|reverse }} {{ [1, 2]|reverse|list }} {{ [1, 2]|map('string')|reverse }} {{ range(3)|reverse|list }}", "{{ [1, 2]|reverse }}",
    "{{ [1, 1, 2, 'a', 'A']|unique|list }} {{ ['a', 'A']|unique(true)|list }} {{ [[1]]|unique|list }}", "{% for g in messages|groupby('role') %}{{ g.grouper }}:{{ g.list|length }};{{ g[0] }}{% endfor %}{% for role, list in messages|groupby('role') %}{{ role }}{{ list|length }}{% endfor %}", "{{ [1, 2, 3, 4, 5]|batch(2)|list }} {{ [1, 2, 3]|batch(2, 0)|list }} {{ [1, 2, 3, 4, 5]|slice(2)|list }} {{ [1, 2, 3]|slice(2, 'x')|list }}", "{{ 'a b c'|wordcount }} {{ 'foo bar baz'|truncate(7) }} {{ 'foo bar baz qux'|truncate(9, false, '…', 0) }} {{ 'foo bar'|truncate(4, true, '') }} {{ 'a\\nb\\n\\nc'|indent }} {{ 'a\\nb'|indent(2, true) }} {{ 'a\\n\\nb'|indent(1, blank=true) }} {{ 'a\\nb'|indent('> ') }}",
    "{{ '<a>&\"\\''|e }} {{ '<'|escape ~ '<' }} {{ ('<'|safe) + '<' }} {{ '<'|safe|length }} {{ ('<'|e)|e }} {{ '<'|forceescape }} {{ {'a': 1}|tojson|safe }} {{ 'a'|safe is string }} {{ 'a'|safe is escaped }} {{ 'a'|safe == 'a' }} {{ [ '<'|safe, '<']|join(',') }} {{ 'a'|safe|upper }}", "{{ {'a': 1}|attr('items') is callable }} {{ {'a': 1}|attr('a') }}| {{ 'x'|attr('upper')() }}", "{{ 'abc'|list }} {{ {'a': 1}|list }} {{ 5|string|length }} {{ -3|abs }} {{ 'x'|abs }}", "{{ 5|length }}", "{{ {'a': 1}|length }} {{ (1, 2)|count }} {{ 'a'|d('x') }}", "{{ 'a'|upper(1) }}", "{{ 'a'|default(1, 2, 3) }}", "{{ 'x'|default(boolean=true, default_value='y') }}",
    # Tests.
    "{% for x in [none, true, 0, 1, 1.0, 'a', [], (), {}, range(1)] %}{{ x is none }}{{ x is boolean }}{{ x is integer }}{{ x is float }}{{ x is number }}{{ x is string }}{{ x is sequence }}{{ x is mapping }}{{ x is iterable }}{{ x is callable }}{{ x is true }}{{ x is false }}\n{% endfor %}", "{{ 'abc' is lower }} {{ 'ABC' is upper }} {{ 3 is odd }} {{ 4 is even }} {{ 3.0 is odd }} {{ 'a' is sameas none }} {{ none is sameas none }} {{ true is sameas true }} {{ 1 is gt 0 }} {{ 1 is le 1 }} {{ 'a' is ne 'b' }} {{ 1 is lessthan 2 }} {{ 1 is eq(1) }}", "{{ 'a' is odd }}", "{{ 1 is gt 'a' }}", "{{ 1 is string is string }}", "{{ messages is iterable and messages is not mapping }}",
    # Functions.
    "{{ raise_exception('told') }}", "{{ strftime_now('%d %b %Y') }} {{ strftime_now('%Y-%m-%d') }} {{ strftime_now('%A %B %j %H:%M:%S %p %y %I') }}", "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}{% set j = joiner('; ') %}{{ j() }}x{{ j() }}y", "{{ range(10, 0, -3)|list }} {{ range(0)|list }} {{ range(3)|length }} {{ 2 in range(3) }} {{ range(5)[2] }} {{ range(5)[-1] }}", "{{ range() }}", "{{ range('a') }}", "{{ range(3, 2)|list }}{{ range(1.5) }}", "{{ dict(1) }}", "{{ namespace(1) }}", "{{ lipsum() }}",
    # What is not right in a template.
    "{% if %}{% endif %}", "{% for x %}{% endfor %}", "{{ 1 + }}", "{{ (1 }}", "{{ [1 }}", "{{ 'a }}", "{% if true %}", "{% endif %}", "{% foo %}", "{{ 1 2 }}", "{{ a b }}", "{% set 1 = 2 %}", "{% set none = 2 %}", "{{ }}", "{{ {1: 2 }}", "{% for loop in [1] %}{% endfor %}", "{{ a! }}", "{# open", "{% raw %}", "{{ f(a=1, 2) }}", "{{ x is }}", "{{ 1 | }}", "{% elif %}", "{% include 'a' %}", "{% block a %}x{% endblock %}", "{{ {'a' 1} }}", "{{ 5.a }}", "{% do 1 %}", "{{ 1..2 }}", "{% macro %}{% endmacro %}", "{{ '\\ud83d' }}",
]


class Maker:
    """Makes a template at random: most of its operations fit the types they meet, some do not."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.names = {"any": ["messages", "tools", "nothing", "bos_token"], "list": ["messages"], "text": ["bos_token"], "int": [], "dict": ["messages[0]"]}

    def pick(self, choices):
        return self.chance.choice(choices)

    def literal(self, kind):
        texts = ["''", "'a'", "'user'", "' b\\n'", "'Ab c'", "'xX-1'", "'🎿é'", "\"it's\"", "'a,b,c'", "'12'", "'3.5'", "'%s'", "'{}'", "'\\t x\\r\\n'", "'ǅß'"]
        return {
            "text": lambda: self.pick(texts),
            "int": lambda: self.pick(["0", "1", "2", "3", "10", "255", "1_000", "-1", "2 ** 70"]),
            "float": lambda: self.pick(["0.5", "1.0", "2.675", "1e20", "-0.25", "1e-7"]),
            "bool": lambda: self.pick(["true", "false", "none"]),
            "list": lambda: "[" + ", ".join(self.expression(self.pick(["int", "text", "any"]), 2) for _ in range(self.chance.randrange(4))) + "]",
            "dict": lambda: "{" + ", ".join(f"{self.literal('text')}: {self.expression('any', 2)}" for _ in range(self.chance.randrange(3))) + "}",
        }[kind]()

    def expression(self, kind, depth=0):
        if self.chance.random() < 0.04 or kind == "any":
            kind = self.pick(["text", "int", "float", "bool", "list", "dict"])
        if depth > 3 or self.chance.random() < 0.25:
            names = self.names.get(kind, [])
            return self.pick(names) if names and self.chance.random() < 0.5 else self.literal(kind)
        return getattr(self, f"make_{kind}")(depth + 1)

    def make_text(self, depth):
        e = self.expression
        t, i = e("text", depth), e("int", depth)
        return self.pick([
            lambda: f"({t}).strip()", lambda: f"({t}).{self.pick(['lstrip', 'rstrip', 'strip'])}({e('text', depth)})", lambda: f"({t} ~ {e('any', depth)})", lambda: f"({t} + {e('text', depth)})", lambda: f"{t}|{self.pick(['upper', 'lower', 'trim', 'capitalize', 'title', 'string', 'reverse', 'e', 'safe'])}",
            lambda: f"({t}).{self.pick(['upper', 'lower', 'title', 'capitalize', 'swapcase'])}()", lambda: f"({t})[{i}:]", lambda: f"({t})[:{i}]", lambda: f"({t})[{i}]", lambda: f"({t})[::{i}]", lambda: f"({t}).replace({e('text', depth)}, {e('text', depth)})", lambda: f"{t}|replace({e('text', depth)}, {e('text', depth)}, {i})",
            lambda: f"{e('any', depth)}|tojson", lambda: f"{e('any', depth)}|tojson(indent={self.pick(['0', '2', 'none'])})", lambda: f"{e('list', depth)}|join({e('text', depth)})", lambda: f"({t}).join({e('list', depth)})", lambda: f"{e('any', depth)}|string", lambda: f"({t} if {e('bool', depth)} else {e('text', depth)})", lambda: f"({t} or {e('any', depth)})",
            lambda: f"{e('any', depth)}|default({t})", lambda: f"('%s|%r' % ({e('any', depth)}, {e('any', depth)}))", lambda: f"('%{self.pick(['d', '5d', '.2f', 'x', 'e', 'g', '05.1f'])}' % {self.pick([i, e('float', depth)])})", lambda: f"'{{}} {{!r}}'.format({e('any', depth)}, {t})", lambda: f"'{{:{self.pick(['>8', '<8', '^9', '08', ',', '.2f', '+', 'x'])}}}'.format({self.pick([i, t, e('float', depth)])})",
            lambda: f"({t} * {self.pick(['0', '2', i])})", lambda: f"{t}|indent({self.pick(['2', '4, true'])})", lambda: f"{t}|center({i})", lambda: f"({t}).{self.pick(['ljust', 'rjust', 'center', 'zfill'])}({i})", lambda: f"{t}|truncate({self.pick(['3', '5, true', '10'])})", lambda: f"({e('list', depth)})|first", lambda: f"({e('list', depth)})|last",
        ])()

    def make_int(self, depth):
        e = self.expression
        i = e("int", depth)
        return self.pick([
            lambda: f"({i} {self.pick(['+', '-', '*', '//', '%'])} {e('int', depth)})", lambda: f"{e('any', depth)}|length", lambda: f"{e('any', depth)}|int", lambda: f"{i}|abs", lambda: f"({e('text', depth)}).{self.pick(['find', 'rfind', 'count', 'index'])}({e('text', depth)})", lambda: f"{e('list', depth)}|sum", lambda: f"(-{i})", lambda: f"({e('list', depth)}).index({e('any', depth)})", lambda: f"{i}|round(-1)", lambda: f"{e('text', depth)}|wordcount",
        ])()

    def make_float(self, depth):
        e = self.expression
        return self.pick([
            lambda: f"({e('float', depth)} {self.pick(['+', '-', '*', '/', '//', '%'])} {e('int', depth)})", lambda: f"({e('int', depth)} / {e('int', depth)})", lambda: f"{e('any', depth)}|float", lambda: f"{e('float', depth)}|round({self.pick(['0', '1', '2'])})", lambda: f"{e('float', depth)}|round(1, '{self.pick(['ceil', 'floor'])}')",
        ])()

    def make_bool(self, depth):
        e = self.expression
        tests = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "callable", "true", "false"]
        return self.pick([
            lambda: f"({e('any', depth)} is {self.pick(['', 'not '])}{self.pick(tests)})", lambda: f"({e('any', depth)} {self.pick(['==', '!='])} {e('any', depth)})", lambda: f"({e('int', depth)} {self.pick(['<', '<=', '>', '>='])} {e('float', depth)} {self.pick(['<', '==', '>='])} {e('int', depth)})", lambda: f"({e('text', depth)} {self.pick(['<', '>='])} {e('text', depth)})",
            lambda: f"({e('any', depth)} {self.pick(['in', 'not in'])} {e(self.pick(['list', 'text', 'dict']), depth)})", lambda: f"(not {e('any', depth)})", lambda: f"({e('any', depth)} {self.pick(['and', 'or'])} {e('any', depth)})", lambda: f"({e('text', depth)}).{self.pick(['startswith', 'endswith'])}({e('text', depth)})", lambda: f"({e('text', depth)}).{self.pick(['isalpha', 'isdigit', 'isalnum', 'isspace', 'islower', 'isupper', 'istitle', 'isprintable'])}()", lambda: f"({e('int', depth)} is {self.pick(['odd', 'even', 'divisibleby 3'])})",
        ])()

    def make_list(self, depth):
        e = self.expression
        xs = e("list", depth)
        return self.pick([
            lambda: f"({xs} + {e('list', depth)})", lambda: f"({xs})[{e('int', depth)}:]", lambda: f"({xs})[::-1]", lambda: f"({e('text', depth)}).split({self.pick(['', e('text', depth)])})", lambda: f"({e('text', depth)}).rsplit({e('text', depth)}, {e('int', depth)})", lambda: f"({e('text', depth)}).splitlines()", lambda: f"({e('text', depth)}).partition({e('text', depth)})", lambda: f"{xs}|map('{self.pick(['string', 'upper', 'trim', 'length', 'int', 'tojson'])}')|list", lambda: f"{xs}|select('{self.pick(['string', 'defined', 'odd', 'number'])}')|list", lambda: f"{xs}|reject('none')|list",
            lambda: f"{xs}|selectattr('role', 'equalto', {e('text', depth)})|list", lambda: f"{xs}|map(attribute='{self.pick(['role', 'content', '0', 'content.0'])}')|list", lambda: f"{xs}|sort", lambda: f"{xs}|unique|list", lambda: f"{xs}|reverse|list", lambda: f"{e('any', depth)}|list", lambda: f"range({e('int', depth)})|list", lambda: f"{e('dict', depth)}|dictsort", lambda: f"{xs}|batch({self.pick(['1', '2'])})|list", lambda: f"{xs}|slice(2)|list", lambda: f"({e('dict', depth)}).{self.pick(['keys', 'values', 'items'])}()", lambda: f"({e('any', depth)}, {e('any', depth)})", lambda: f"{e('dict', depth)}|items|list", lambda: f"{xs}|groupby('role')|list", lambda: f"({xs} * {self.pick(['0', '2'])})",
        ])()

    def make_dict(self, depth):
        e = self.expression
        return self.pick([lambda: f"dict({e('dict', depth)}, k={e('any', depth)})", lambda: f"({e('dict', depth)}).copy()", lambda: self.literal("dict"), lambda: f"({e('dict', depth)} or {e('dict', depth)})"])()

    def sign(self):
        return self.pick(["", "", "", "-", "-", "+"])

    def tag(self, inside):
        close = self.pick(["", "", "", "-", "-", "+"])
        return f"{{%{self.sign()} {inside} {close}%}}"

    def output(self, kind="any"):
        return f"{{{{{self.pick(['', '', '-'])} {self.expression(kind)} {self.pick(['', '', '-'])}}}}}"

    def data(self):
        return self.pick(["", "x", " ", "\n", "  \n  ", "a\n", "\r\n", "<|im_start|>", "\t", " é ", "\n\n"])

    def body(self, depth):
        return "".join(self.pick([self.data, self.data, self.output, lambda: self.statement(depth + 1)])() for _ in range(self.chance.randrange(1, 5)))

    def statement(self, depth=0):
        if depth > 3:
            return self.output()
        e, tag = self.expression, self.tag
        return self.pick([
            lambda: tag(f"if {e('any')}") + self.body(depth) + self.pick(["", tag(f"elif {e('bool')}") + self.body(depth), tag("else") + self.body(depth)]) + tag("endif"),
            lambda: self.loop(depth), lambda: self.loop(depth), lambda: self.loop(depth),
            lambda: tag(f"set {self.pick(['a', 'b', 'messages'])} = {e('any')}") + self.output() + self.pick(["{{ a }}", "{{ b }}", ""]),
            lambda: tag(f"set {self.pick(['a', 'b'])}{self.pick(['', '|upper', '|trim'])}") + self.body(depth) + tag("endset") + self.pick(["{{ a }}", "{{ b }}"]),
            lambda: tag(f"set ns = namespace(n={e('int')}, t={e('text')})") + tag("for i in range(3)") + tag(f"set ns.{self.pick(['n', 't'])} = ns.n + i") + self.body(depth) + tag("endfor") + "{{ ns.n }}{{ ns.t }}",
            lambda: tag(f"macro f(a, b={e('any')})") + "{{ a }}{{ b }}" + self.body(depth) + tag("endmacro") + f"{{{{ f({e('any')}) }}}}{{{{ f({e('any')}, b={e('any')}) }}}}",
            lambda: tag(f"with a = {e('any')}") + "{{ a }}" + self.body(depth) + tag("endwith") + "{{ a }}",
            lambda: tag(f"filter {self.pick(['upper', 'trim', 'indent(2)', 'title', 'length'])}") + self.body(depth) + tag("endfilter"),
            lambda: "{#" + self.pick(["", "-", "+"]) + " c " + self.pick(["", "-", "+"]) + "#}", lambda: tag("generation") + self.body(depth) + tag("endgeneration"),
            lambda: tag("macro g()") + "<{{ caller() }}>" + tag("endmacro") + tag("call g()") + self.body(depth) + tag("endcall"),
        ])()

    def loop(self, depth):
        tag = self.tag
        of = self.pick([lambda: f"m in {self.expression('list')}", lambda: "m in messages", lambda: "m in messages if m.role == 'user'", lambda: "k, m in {'x': 1, 'y': 2}.items()", lambda: "m in range(3)", lambda: "m in messages[1:]"])()
        leave = self.pick(["", tag("if loop.index == 2") + tag(self.pick(["break", "continue"])) + tag("endif")])
        inside = self.pick(["{{ m }}", "{{ m.role }}", "{{ loop.index }}", "{{ loop.last }}{{ loop.first }}", "{{ loop.nextitem }}", "{{ loop.length }}", "{{ loop.cycle('a', 'b') }}", "{{ m['content'] }}"])
        return tag(f"for {of}") + self.data() + inside + leave + self.body(depth) + self.pick(["", "", tag("else") + self.body(depth)]) + tag("endfor")

    def template(self):
        return "".join(self.pick([self.data, self.output, self.statement, self.statement])() for _ in range(self.chance.randrange(1, 5)))


def make_template(seed):
    return Maker(seed).template()
