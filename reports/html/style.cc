#include "reports/html/style.h"

#include "reports/html/drawing.h"

namespace eyrie::reports {

namespace {

constexpr char kColours[] = R"css(
:root{color-scheme:light dark;--ground:#fff;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;
--card:#f6f8fa;--link:#0860ca;--good:#1a7f37;--good-ground:#dafbe1;--bad:#b3171f;
--bad-ground:#ffebe9;--warn:#7d4e00;--warn-ground:#fff8c5}
@media screen and (prefers-color-scheme:dark){
:root{--ground:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--card:#151b23;--link:#6cb0ff;
--good:#56d364;--good-ground:#0f2a17;--bad:#ff8f88;--bad-ground:#3a1214;--warn:#e3b341;
--warn-ground:#2c2206}}
)css";

constexpr char kLayout[] = R"css(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1120px;margin:0 auto;padding:28px 20px 64px}
a{color:var(--link)}
h1{font-size:34px;line-height:1.2;margin:0 0 10px;letter-spacing:-.01em}
h2{font-size:23px;line-height:1.3;margin:52px 0 6px;letter-spacing:-.01em}
h3{font-size:17px;margin:26px 0 4px}
p{margin:6px 0 12px;max-width:78ch}
.soft,figcaption,.say{color:var(--soft)}
.say{margin-bottom:16px}
.brand{margin:0 0 18px;font-weight:600;letter-spacing:.02em}
.brand span{color:var(--soft);font-weight:400}
.banner{border-radius:14px;padding:26px 28px;border:1px solid var(--line)}
.banner p{margin:0;font-size:17px}
.banner.good{background:var(--good-ground);border-color:var(--good)}
.banner.good h1{color:var(--good)}
.banner.bad{background:var(--bad-ground);border-color:var(--bad)}
.banner.bad h1{color:var(--bad)}
.banner.warn{background:var(--warn-ground);border-color:var(--warn)}
.banner.warn h1{color:var(--warn)}
.note{border-left:4px solid var(--warn);background:var(--warn-ground);padding:10px 16px;
border-radius:0 8px 8px 0;margin:16px 0}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0 0;padding:0}
.tiles div{flex:1 1 160px;background:var(--card);border:1px solid var(--line);border-radius:12px;
padding:12px 16px}
.tiles dt{color:var(--soft);font-size:14px}
.tiles dd{margin:0;font-size:23px;font-weight:600;line-height:1.3;
font-variant-numeric:tabular-nums}
.tiles small{display:block;font-size:13px;font-weight:400;color:var(--soft)}
nav{margin:18px 0 0;font-size:15px}
nav a{margin-right:18px;white-space:nowrap}
)css";

constexpr char kContent[] = R"css(
figure{margin:14px 0 0}
figcaption{font-size:14px;margin-top:8px;max-width:96ch}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:12px;padding:12px;
background:var(--ground)}
.wide svg{min-width:980px}
svg{display:block;width:100%;height:auto}
td svg{width:150px;min-width:96px}
td.outcome svg{width:240px}
td.share{white-space:nowrap}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14.5px}
th,td{text-align:left;padding:8px 14px 8px 0;border-bottom:1px solid var(--line);
vertical-align:top}
th{color:var(--soft);font-weight:600;font-size:13px;white-space:nowrap}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td small{display:block;color:var(--soft);font-size:13.5px;max-width:52ch}
.pill{display:inline-block;border-radius:999px;padding:1px 11px;font-size:13px;font-weight:600;
white-space:nowrap}
.pill.good{color:var(--good);background:var(--good-ground)}
.pill.bad{color:var(--bad);background:var(--bad-ground)}
.pill.warn{color:var(--warn);background:var(--warn-ground)}
.pill.soft{background:var(--card)}
.failure{border:1px solid var(--bad);border-radius:14px;padding:6px 22px 22px;margin:20px 0}
.failure h3{color:var(--bad);margin-top:16px;font-size:19px}
.sentence{font-size:17px;overflow-wrap:anywhere}
code{font:13.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.replay{display:block;background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:9px 13px;overflow-x:auto;white-space:pre;user-select:all;-webkit-user-select:all}
.key{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:14px;color:var(--soft);margin:10px 0 0;
padding:0;list-style:none}
.key svg{display:inline-block;width:13px;height:13px;vertical-align:-1px;margin-right:6px}
.charts{display:flex;flex-wrap:wrap;gap:28px;margin-top:20px}
.charts div{flex:1 1 270px}
.charts h3{margin-top:0}
dl.words{display:grid;grid-template-columns:minmax(110px,auto) 1fr;gap:5px 20px;font-size:15px}
dl.words dt{font-weight:600}
dl.words dd{margin:0;color:var(--soft)}
details{margin-top:12px}
summary{cursor:pointer;color:var(--link)}
@media(max-width:640px){main{padding:18px 14px 48px}h1{font-size:26px}.banner{padding:18px}
dl.words{grid-template-columns:1fr}dl.words dd{margin-bottom:8px}.failure{padding:4px 14px 16px}}
@media print{main{max-width:none;padding:0}.wide{overflow:visible;border:0;padding:0}
.wide svg{min-width:0}figure,tr,.failure h3,.tiles div{break-inside:avoid}h2{break-after:avoid}
nav{display:none}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
)css";

}  // namespace

std::string page_style() {
  return std::string(kColours) + kLayout + kContent + drawing_style();
}

}  // namespace eyrie::reports
