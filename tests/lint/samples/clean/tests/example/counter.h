#pragma once

int count();
