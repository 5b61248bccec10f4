import { drawBadges } from "/panel/badges.js";
import { follow } from "/panel/calls.js";
import { drawDay } from "/panel/day.js";
import { drawPaper } from "/panel/paper.js";
import { drawStations } from "/panel/stations.js";
import "/panel/texts.js";

follow((state) => {
  drawStations(state);
  drawBadges(state);
  drawPaper(state);
  drawDay(state);
});
