/*
 * English nouns and adjectives that pictures may show: of WordNet 3.1 the single words of lower-case letters that mean a thing, an animal,
 * a person, a food, a plant, a substance, a part of the body, a shape, a phenomenon or a process ("fire" is one), or an attribute or a
 * quality that WordNet's texts use; of these the ones that SmolLM2, Qwen2.5 or Gemma 3 have as one token.
 *
 * WordNet's licence: "Permission to use, copy, modify and distribute this software and database and its documentation for any purpose
 * and without fee or royalty is hereby granted, provided that you agree to comply with the following copyright notice and statements,
 * including the disclaimer, and that the same appear on ALL copies of the software, database and documentation, including
 * modifications that you make for internal use or for distribution. WordNet 3.0 Copyright 2006 by Princeton University. All rights
 * reserved. THIS SOFTWARE AND DATABASE IS PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR
 * IMPLIED. BY WAY OF EXAMPLE, BUT NOT LIMITATION, PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES OF MERCHANTABILITY OR
 * FITNESS FOR ANY PARTICULAR PURPOSE OR THAT THE USE OF THE LICENSED SOFTWARE, DATABASE OR DOCUMENTATION WILL NOT INFRINGE ANY THIRD
 * PARTY PATENTS, COPYRIGHTS, TRADEMARKS OR OTHER RIGHTS. The name of Princeton University or Princeton may not be used in advertising
 * or publicity pertaining to distribution of the software and/or database. Title to copyright in this software, database and any
 * associated documentation shall at all times remain with Princeton University and LICENSEE agrees to preserve same."
 */

/** Separated by white space, in alphabetical order. */
export const ENGLISH_WORDS = `
aar aba abandon abandoned abbey abbreviated abdomen abdominal aberrant aberration abiding ability ablation ablaze able
abnormal abode abolitionist aboriginal above abrasion abrasive abroad abrupt abs absent absentee absolute absorbed
absorbent absorber absorption abstract absurd abundance abundant abused abyss acacia academic accelerated acceleration
accelerator accelerometer acceptable accepted accepting acceptor access accession accessory accompanied accomplice
accomplished accordion accountant accretion accrued accumulation accumulator accuracy accurate accused accusing ace acer
acetaldehyde acetaminophen acetate acetone acetyl acetylation acetylcholine acetylene aching acid acidification acidity
acorn acoustic acquaintance acquainted acquired acreage acrobat acrylate acrylic acrylonitrile actin acting activated
activation activator active activist activity actomyosin actor actress actual actuator acumen acute acyl ada adam
adamant adaptable adaptation adapted adapter adaption adaptor adder addict addicted addition additive addressed adduct
ade adenine adenosine adenovirus adept adequacy adequate adh adherent adhesion adhesive adjacent adjunct adjusted
adjuster adjuvant administrative administrator admirable admiral admirer admissible admixture adobe adolescent adopted
adopter adrenal adrenalin adrenaline adrenergic adsorbent adsorption adult advanced advantage advantageous adventurer
adventurous adversary adverse advertised advertiser advisable adviser advisor advocate aeration aerial aerobic
aerodynamic aeronaut aeroplane aerosol aesthetic affected affectionate affiliate affiliated affine affinity affirmed
affixed afflicted affluent afloat aforesaid afraid africa african afro aftermath afterthought agama agar agate agave age
aged ageing agent aggregate aggregator aggression aggressive aggressiveness agile aging agitated agnostic agonist agora
agricultural agua ahead aid aide aides ail ailing air airborne aircraft aire airfield airfoil airline airliner airplane
airport airs airway airy aisle aix ajax akin ala alanine alarm alarmed alb album albumen albumin alcalde alcohol
alcoholic aldehyde alder aldosterone ale alert alfalfa algae ali alien alienated alike aliment alimentation alive alkali
alkaline alkene alkyl allah alleged allele allemande allen allergen alley allied alligator allocator allowable alloy
ally allyl almighty almond aloe alone aloof alp alps altar altered alternate alternative alternator altitude alto
altruism alum alumina aluminium aluminum alumna alumnus alveolar amalgam amateur amazed amazing amazon ambassador amber
ambiguous ambitious ambulance ambulatory amen amenable amended america american americana amethyst amiable amicable
amide amigo amine amino amiss ammo ammonia ammonium ammunition amor amorphous amp amperage amphibian ample amplifier
amsterdam amulet amused amygdala amyl amyloid ana anaerobic analgesic analogous analogue analyser analyst analytic
analytical analyzer anarchist anastomosis anatomic anatomical anatomy ancestor ancestral anchor ancient andrew androgen
android anemia anesthetic angel angelic angiogenesis angiotensin angle angler angry angular anhydride anhydrous ani
aniline animal animate animated animator anime anion anionic anise ankle anne annex annon announcer annoyance annoyed
annoying annual annulus anode anomalous anomaly anonymous ans answering ant antagonist antagonistic antecedent antelope
antenna anterior anthracite anthropologist anti antibacterial antibiotic antibody antic anticipated anticoagulant
antidepressant antidote antifreeze antifungal antigen antimicrobial antimony antioxidant antique antiquity antiseptic
antiserum antitrust antiviral antler anu anus anvil anxious aorta apache apar apart apartment ape aper aperture apex
aphid apis apocalyptic apoptosis apostle apostolic apothecary appalling apparatus apparel apparent apparition appealing
appearance appellant appendage appendix appetizer apple appliance applicable applicant applicator applique appointed
appointment appreciable appreciative apprentice approach approachable appropriate approved approximate apricot apron apt
aquarium aquatic aqueduct aqueous aquifer ara arab arable aras arb arbitrary arbitrator arbor arc arcade arch
archaeologist archbishop arched archeological archipelago architect architectural architecture archive arctic ardent
arduous area arena argent argentina arginine argon argumentative aristocratic ark arm armament armature armband armchair
armed armor armored armour arms aroma aroused arp arranged arranger arras array arrival arriver arrogance arrogant arrow
arrowhead arsenal arsenic arsine art arterial artery articulate articulation artificial artillery artisan artist artiste
artistic arty arugula asbestos ascendent ascending ascent ascetic ash ashamed asia asian asker asleep asp asparagus
aspen asphalt aspirant aspiration aspirin ass assailant assassin assault assay assemblage assembly assertive
assertiveness assessor asset asshole assigned assignee assimilation assistant associate assorted assured aster asteroid
astonished astonishing astounding astral astrocyte astronaut astronomer astronomical astute asylum asymmetric asymmetry
asymptote asymptotic ate atelier aten atheist athlete athletic athleticism atlantic atlas atm atmospheric atom atomic
atomizer aton atrium attached attachment attacker attained attempted attendant attendee attentive attic attire attorney
attraction attractive attractor attributable attrition atypical audacious audacity audible audio audiovisual auditor
auditorium augustus auk aunt aurora austen austenite austere austerity australia auteur authentic authenticity author
authoritarian authoritative authority authorized auto autobus autoclave autofocus automat automatic automation automaton
automobile automotive autonomic autopilot auxiliary auxin avail availability available avatar avenue average aves
avocado awaited awake awakened aware away awful awkward awn awning axe axial axiomatic axis axle axon ayah azide azimuth
azt baba babe babel baby bach bachelor back backbone backdoor backdrop background backing backlog backpack backseat
backside backstage backup backward backyard bacon bacteria bacterial bacterium bad badger baffle baffling bag bagel
baggage bagging baggy baguette bait baked baker bakery balanced balancer balas balcony bald bale bali balk ball ballast
ballerina balloon ballpark ballroom balm balsam bambino bamboo banana bandage bandana banding bandit bandwagon bang
bangle banjo bank banker bankrupt banks banner banquet bantu bap bar barb barbarian barbaric barbecue barbed barbell
barbeque barber bard bare barefoot barge barium bark barley barn barometer baron baroque barrel barrier barrister bars
bart bartender baryon basalt base baseball based basement basic basil basilica basin basket basketball bass bassist
basso bast bastard bastion bat bath bathrobe bathroom bathtub batik batman baton batsman batter battered battery batting
battlefield battleground battleship bay baya bazaar bazar bbs beach beachfront beacon bead beaded beads beagle beak
beaker beam beaming bean beanie bear beard bearded bearer beast beat beau beautiful beauty beaver bed bedding bede
bedrock bedroom bedside bee beech beef beer beeswax beet beetle beetroot beggar begin beginner behavioral behind bel
belated believable believer bell belle bellow bellows belly beloved belt ben bench bend benefactor beneficial
beneficiary beneficiation bent benzene benzoate benzyl bereaved berg berk berlin berm bern berry berth beryllium best
beta better bevel beverage bewildered bey bezel bias bib biblical bicarbonate biceps bicycle bidder biennial bier
bifurcation big bigger bigot bike biker bikini bilateral bile bilge bilingual bilirubin billboard billet billion
billionaire billy bin binary binder binding bine binoculars binomial biochemical biographer biographical biological
biologist biology biomass biomedical biosynthesis biotin bipartisan birch bird birdie birefringence birth birthplace
biscuit bisexual bishop bismuth bison bisque bistro bit bitch bite biting bitmap bitter bittern bitters bittersweet
bitumen bizarre bize black blackberry blackboard blackened blackjack blacksmith bladder blade blanc bland blank blanket
blast blaster blasting blatant blaze blazer blazing bleach bleached bleak blender blessed bleu blind blinded bling
blissful blister blistering blizzard blob block blockade blockage blockbuster blocker blogger blok bloke blond blonde
blood bloodstream bloody bloom blooming blossom blossoming blot blouse blower blowing blown blue blueberry bluegrass
blueprint bluff bluish blunt blurred blushing boa boar board boarding boardroom boards boardwalk boat bob bod bodega
bodice body bodyguard bog bogey bogus bohemian boiler boilerplate boiling bola bold boldness bole boll bolo bolster bolt
bomb bombard bomber bombshell bond bone bones bonito bonnet bonsai bony boob book bookcase booked bookmark bookshelf
bookstore boomerang boon booster boot booted booth bootstrap booze border borderline bore bored boring born boron
borough borrower bos bosom boson boss boston bot botanical botanist bottle bottleneck bottom boucle bouillon boulder
boule boulevard bounce bound boundary bounded boundless bounds bouquet bourbon bourgeois bourse boutique bovine bow
bowel bowl bowler bowtie box boxed boxer boxers boy boyfriend bra brace braced bracelet braces bracing bract brady
brahman braid braiding brain brainchild brake brakes bran branch branched branded brandy brass brat brave bravery bravo
brazen brazil brazilian brazos breach bread breadcrumb break breakdown breaker breakfast breast breath breather
breathing breathless breech breeder breeding breeze brew brewer brewery brick bride bridesmaid bridge bridges bridle
brie brief briefcase briefs brig bright brightness brill brilliance brilliant brim brine brink brisk brisket brit
british britt brittle broad broadcaster broadening broccoli broiler broke broken broker brokerage bromide bromine
bronchial bronze brooch brooding brook brooks broom broth brother brow brown brownie browning brownish browser brunch
brunette brush brushed brutal brutality brute bubble bubbly buck bucket buckle buckwheat bud buddha buddhist budding
buddy budgetary buff buffalo buffer buffet bug buggy build builder building buildup built bulb bulge bulging bulk
bulkhead bulky bull bulldog bulldozer bullet bullion bullpen bully bum bump bumper bun buna bundle bung bungalow bungee
bunk bunker bunny buns bunt bunting buoyant bur burden burdened bureau bureaucratic burger burglar burgundy burl burlap
burner burning burns burnt burrito burrow bus bush bushing bushy businessman businesswoman bust bustle bustling busy
butadiene butane butch butcher butler butt butter butterfly buttermilk butternut buttery buttocks button butyl buyer
buzzer buzzing bygone bypass byproduct cab cabaret cabbage cabin cabinet cable cacao cache cactus cad cadet cadmium
caesar cafe cafeteria caff caffeine cage cake calcite calcium calculating calculator calculus caldera calf caliber
calibre california caliper caliph caller callous callus calm calmness calomel calorimeter calorimetric calving cam
camaraderie camas camber camel cameo camera camion camo camouflage camp campaigner camper camphor campus camshaft canada
canadian canal canary cancer candid candidate candle candlelight candlestick candy cane canine canister cannabin
cannabis cannibal cannon cannula canoe canola canon canopy cant canteen cantilever cantor canvas canyon caoutchouc cap
capability capable capacitance capacitor capacity cape capillary capitalist capitol capo cappuccino capsid capsule
captain captivating captive capture car caramel carapace caravan carbide carbohydrate carbon carbonate carbonyl carboxyl
carburetor carcass carcinogen card cardamom cardboard cardia cardigan cardinal cardiologist cardiovascular carefree
careful caregiver careless carelessness caretaker cargo caribbean caribou carica caries carina carlos carousel carp
carpal carpenter carpet carpeting carport carriage carrier carrot cart cartesian cartilage carton cartoonist cartridge
carved carving cascade cascades casein caseworker cash cashew cashier cashmere casing casino cask casket caspase casque
cassava casserole cassette cast caster casting castle castor casual casualty cat catalase catalysis catalyst catamaran
catapult cataract catastrophe catastrophic catch catcher catchment categorized caterpillar catfish cathedral catheter
cathode catholic cation cattle catwalk caucasian caul cauldron cauliflower causal causative caustic caution cautious
cave cavern caviar cavity cay cayenne cedar ceiling celebrity celery celestial cell cellar cello cellophane cellphone
cellulite cellulose cellulosic celsius celtic cement cemetery censor centenary center centered centerline centerpiece
central centralized centrifugation centrifuge centrum ceramic cere cereal cerebellum cerebral cero certain certified
cervix cesium chad chaff chain chains chainsaw chair chairman chairperson chaise chalet chalk chalkboard challenger
challenging chamber chambers chameleon chamomile champ champagne champion chance chancellor chandelier chang changed
changer changing channel chanted chaos chaotic chap chapel chaperone chaplain char character characteristic charcoal
charged charger chari chariot charisma charitable charles charm charming chart chase chased chassis chat chauffeur cheap
cheat checker checkout cheddar cheek cheerful cheerleader cheery cheese cheesecake cheetah chef chemical chemist
chemistry chen cherished cherry chess chessboard chest chestnut chevron chew chic chicago chick chicken chico chief
chieftain chiffon chihuahua child childbearing childbirth childish childlike chile chili chill chilli chilling chilly
chime chimney chimpanzee chin china chinese chino chinos chip chips chiropractor chisel chit chitin chivalry chloride
chlorine chloroform chlorophyll chloroplast choc chock chocolate choice choir choke choked choker cholesterol choline
chooser chop chopper chord choreographer chorizo chosen chow christ christian chromatin chromatographic chromatography
chrome chromium chromosome chromosphere chronic chronograph chrysanthemum chub chuck chum chunky church churn churning
chute chutney cialis cider cigar cigaret cigarette cilantro cinch cinder cinema cinematic cinematographer cinnamon
circle circuit circuitry circular circulation circumference cistern citadel citizen citrate citron citrus city cityscape
civic civil civilian civilisation civilization civilized clad cladding claimant clam clamp clandestine clarinet clarity
claro clasp classic classical classified classifier classmate classroom clavier claw clay clean cleaner cleaners
cleanser cleansing clear clearance cleared clearing cleats cleavage cleft clergyman cleric clerical clerk clever click
client cliff climb climber clinch clinched cline cling clinic clinical clinician clip clipboard clipper clit cloak clock
clocks clockwise clog clogged clogging clone close closed closer closet closeup closing clot cloth clothed clothes
clothing clotting cloud clouded cloudy clout clove clover clown club clubhouse clumsy cluttered cmb coach coagulation
coal coarse coast coastal coaster coat coated coating coauthor coax coaxial cob cobalt cobra coca cocaine cocci cock
cocker cockpit cockroach cocktail coco cocoa coconut cocoon cocos cod coder codon cofactor coffee coffin cog cognac
coherent cohesion cohesive coil coke col cola cold cole collaborator collage collagen collapsible collar collation
colleague collectible collective collector college collegiate collider collie collier colloid colloidal colloquial
cologne colon colonel colonial color colored colorful coloring colors colossal colour colouring colours colt column
columnist coma comb combine combined combustible combustion come comedian comer comet comfortable comforted comforting
comic coming comma commandant commander commanding commemorative commendable commensurate commentator commercial
commissary commissioner commitment committed commodity common commonplace commonwealth communal commune communicative
communicator communist commutator commuter compact companion comparable comparative compartment compass compatible
compensation competence competent competitive competitor compiler complainant complete completed complex complexion
complexity complicated complimentary component composed composer composing composite composition compositor compost
composure compound comprehensive compress compressed compressor compromising compulsive computer comrade comte con
concave concealed concealment conceivable concentrate concentrated concentration conceptual concerned concerted
concierge concise concluding conclusive concord concrete concurrent condensate condensation condenser condiment
conditional conditioner conditions condo condom condominium conductance conduction conductivity conductor conduit cone
confection confectionery confetti confident confidential confines confining confirmed conflicting confluent conformation
conformity confused confusing congenital congested conglomerate congressional congressman conic conjugate conjugated
conjunction connected connecter connection connective connector connexion conscientious conscious consecutive
consequence consequent conservative conservatory conserve considerable considerate consignment consistency consistent
console consolidated consolidation consort conspicuous constable constancy constant constellation constituent
constraining constraint constricted constriction constructive constructor consul consulate consultant consumer
consumption container containment contaminant contamination contemplative contemporary contender contented contestant
contiguous continent continental continual continued continuing continuous contra contraband contraceptive contractor
contractual contradictory contrary contrasting contributing contributor contributory contrived control controlled
controller controversial convection convenience convenient convent conventional conversational convert converter
convertible convex convexity conveyance conveyor convict convinced convincing convivial convolution cook cooker cookie
cookware cool coolant cooler cooling coop cooper cooperative coordinate coordinated coordinator cop cope copier coping
copolymer copper copy coral cord cordial cordon cordova cords core coriander cork corn cornea corner cornerback
cornerstone cornice corona coronal coroner corporal corporate corporation corpse corpus corral correct corrective
correctness correlated correspondent corresponding corrida corridor corrosion corrosive corrugated corrupt corruption
corset cortes cortex cortical cortisol corvette cos cosmetic cosmic cosmopolitan cosmos costa costly costume cosy cot
cote cottage cotton cottonseed couch cougar coulomb councillor counsel counsellor counselor count countenance counter
counterbalance counterfeit counterpart countertop countless countryside county coupe coupler coupling courage courageous
courier court courteous courthouse courtroom courtyard cousin couverture cove cover covered covering covert cow coward
cowardly cowboy cowl cowling cows cox coyote cozy cpu crab crack cracked cracker cracking cradle craft craftsman crafty
cranberry crane crank crankshaft crap crate crater craw crawler crayfish crayon crazy cream creamy crease creatine
creation creative creator creature credence credible creditor cree creek creep crepe crescendo crescent crest crested
crib crick cricket cricketer criminal crimson crippled crippling crisp cristal critic critical cro crochet crock
crockery crocodile croissant crook crooked crop cross crossbow crossed crossing crossover croup crow crowded crown
crowned crowning crt crucial crucible crucifix crud crude cruel cruiser crumb crumpled crus crush crushed crusher
crushing crust crux crypt cryptic crystal crystallization cub cuba cube cuckold cucumber cud cuff cuisine cul culm
culprit cultivar cultivator cultural cultured cum cumbersome cumin cumulative cunt cup cupboard cupcake cupid cur curate
curative curator curb curbing curd cure curing curiosity curious curl curly currant current curricular curry cursed
cursor cursory curtain curve curved curving cushion cushioning cusp custard custodial custodian customary customer cut
cute cuticle cutlery cutoff cutout cutter cutting cyanide cyberpunk cyberspace cyborg cyclist cyclone cyclotron cylinder
cylindrical cynical cypress cyst cysteine cytochrome cytokine cytokinin cytoplasm cytoskeleton cytosol dachshund dad
dada daddy dado daemon dag dagger dago dainty dairy dais daisy dak dale dali dam dama damaging dame damn damned damp
damper dana dancer dandelion dandruff dane dangerous daniel dank daring dark darkening darling darn dart darwin das dash
dashboard dashing dat date dated daughter david daw dayan daylight dazzling deacon dead deadly deaf dealer dean dear
dearest death deb debacle debilitating debris debtor decadent decal decay deceased decedent deceit deceleration decency
decent decentralization deceptive decisive deck declarative declared decline decoder decomposition decor decoration
decorative decorator decoy decrease decreasing decrement dedicated dedication deductible deductive deep deepening deer
defective defence defendant defender defensive defiance defiant deficient deficit defined defining definite definitive
deflation deformed degenerate degeneration degree dehydration deity delegate deletion delf deli deliberate delicacy
delicate delicious delighted delightful delineation delinquent dell delta deluge demand demander demanding demarcation
demeanor democrat democratic demon demonstrable demonstrated denial denim dense density dent dental dentist denture
deodorant departed departmental dependable dependant dependent depiction deplorable depolarization deposit deposition
depository depot depressed depression depressive depth deputy derby derivation derivative derived dermatologist des
desalination descendant descending descriptive desert deserving designer desirable desired desk desktop desolate
desorption desperate despised despot dessert destination destiny destroyed destroyer destructive detachable detached
detailed detectable detected detective detector detergent deterioration determinant determinate determined determining
detour detox deuterium deuteron devastating developed developer developing development developmental devi deviant
deviate device devil devolution devoted devotee devotional devout dew dextrose dharma diabetic diagnostic diagonal
diagonalizable diagram dial diam diamante diameter diamond diaper diaphragm diary dias diatom diatomic diaz dice
dichloromethane dick dictated dictator die dielectric diesel diet dietary dietitian difference different differentiable
differential differentiated differentiation differentiator difficult diffraction diffuse diffused diffuser diffusing
diffusion digestible digestion digestive digit dignified dignity digoxin digs dike dilapidated dildo diligence diligent
dill dilute dilution dim dime dimension dimensional dimer diminished diminishing diminution diminutive dimmer diner
dinner dinosaur diode dior dioxide dip diploid diplomat diplomatic dipole direct directed directing direction
directional director dirt dirty dis disa disabled disabling disadvantage disappointed disappointing disastrous disc
discard discarded discernible discerning discharge disciple disciplined disco discouraged discouraging discovered
discrepancy discrete discretionary discriminating discriminator discus diseased disguise disguised disgusted disgusting
dish dishonest dishwasher disinfectant disintegration disinterested disk disney disordered disorderly disorganized
disparate dispatcher dispensary dispenser dispersed display disposable disposal disposition disproportion
disproportionate disqualified disruptive dissatisfied dissident dissimilar dissociation dissolution dissolved dissolving
distal distance distant distillate distillation distiller distillery distinct distinctive distinguishable distinguished
distortion distraught distressed distressing distributive distributor district disturbed disturbing ditch diuretic diva
dive diver divergent diverse diversified diversity divided divider divine divinity divisive divorced dix dizzy dna doc
docile dock docker doctor doctrinal document doe dog dogged doll dolly dolomite dolphin dome domestic domestication
domicile dominance dominant dominated dominating domine domingo domino don done donkey donna donne donor donut doodle
doomed door doorbell doorstep doorway dopamine dope doped dorado dorm dormant dormitory dosage dose dot dotted double
doublet doubling doubtful douche dough doughnut dove down downfall downhill downtown downward doxy doxycycline dozen
drab draft draftsman drag dragging dragon dragonfly drain drake dramatic drape draped draper drastic draught draw drawer
drawers drawing drawn drawstring dreadful dreamed dreamer dreamy dreary dredge drenched dress dressed dresser dressing
drew dried drier drift driftwood drill drilled drink drinker drip drive driven driver driveway driving drizzle drone
drop dropout dropper droppings drove drug drugstore drum drummer drunk drunken dry dryer drywall dual dubious duck duct
dud dude due dug dugout duke dull dumb dumbbell dummy dump dumpling dumplings dumpster dun dune dung dungeon duodenum
duplex duplicate duplication dura durability durable durant durante durum dusky dust dutch duvet dvd dwarf dwelling
dwindling dye dying dynamic dynamite dynamo dynast eager eagle ear eardrum earl earliest early earned earnest earring
earth earthenware earthy ease easel east easter eastern eastward easy eater eatery eats eaves ebb ebony eccentric
eccentricity eccles ecclesiastical echelon echo eclectic ecologist economic economical economist ecstasy ecstatic eddy
edge edged edging edgy edible edifice editor editorial edo eds educated educational educator eel effect effective
effectiveness effector efficacious efficacy efficient effluent efflux effortless eft egalitarian egg eggplant eggs egret
egypt egyptian ehrlich eigen eight eighteen eighteenth eighth eighty ejaculation elaborate elapsed elastic elasticity
elastin elastomer elbow elder elderly eldest elected elector electoral electric electrical electrician electricity
electrode electrolysis electrolyte electrolytic electromagnet electromagnetic electron electronic electrophoresis
electrostatic elegance elegant element elemental elementary elements elephant elevated elevator eleven eleventh elf
eligible elimination elixir elizabeth elk ell elli ellipse ellipsis ellipsoid elm elongated elongation eloquent elusive
elution elves embankment embarrassed embarrassing embassy embedded ember emblem emblematic embodiment embroidery embryo
emerald emergency emeritus emery emf emir emission emitter emotional emperor emphatic empire empirical emplacement
employed employee employer emptiness empty emulator emulsion enabling enamel encapsulation enchanted enclave enclosure
end endearing endemic endless endocrine endonuclease endothelial endothelium endowed endpoint endurance enduring enemy
energetic energy enforceable enforced engaged engine engineer engineering england english engraved engraving engrossed
enigmatic enjoyable enlightened enormous enough enraged ensuing entangled entanglement enterprising entertainer enthalpy
enthusiast enthusiastic entire entitled entrance entrant entree entrepreneur entryway enumerator envelope enveloping
envious environmental environs envoy enzymatic enzyme eos eosin ephemeral epic epicenter epidemic epidermis epileptic
epinephrine epithelium epitope epoxy equal equaliser equality equalizer equator equatorial equestrian equid equilateral
equilibrium equine equipment equipped equitable eraser erect erection ern erne ernst eroded eroding eros erosion erotic
erratic erroneous escalator escaped escolar escort esophagus esoteric espresso essayer essence essential established
ester estimator estradiol estranged estrogen estuary etching eternal ethane ethanol ether ethereal ethernet ethical
ethnic ethos ethyl ethylene eucalyptus euler eureka europa europe european eutectic evacuation evaluator evangelical
evaporation eve even event eventual evergreen everlasting every everyday evident evil evolution evolutionary exact
exaggerated exalted examiner excavation excavator excellence excellent exceptional excess excessive exchange exchanger
excitatory excited exciting exclusive excretion excruciating execution executive executor exempt exhaust exhausted
exhausting exhaustive exhilarating exile existence existent existential existing exit exon exoskeleton exotic expanded
expanse expectant expected expedient expensive experienced experiential experimental expert explanatory explicit
exploratory explorer explosive exponent export exportation exporter exposed expository exposure express expressed
expression expressive expressway exquisite extant extended extensive exterior extern external extinction extinguished
extinguisher extra extract extraction extractor extraneous extraordinary extraterrestrial extravagant extreme extremist
extremity extrusion exuberant eye eyeball eyebrow eyed eyeglasses eyelash eyelid eyeliner eyepiece eyeshadow eyewitness
fabric fabulous facade face faced facet facial facilitation facilitator facility facing facsimile factory factual faded
fag faint fair fairness fairway fairy faithful fake faker falcon falla fallen falling fallout falls false famed familiar
famous fan fanatic fanciful fancy fang fantast fantastic far faraway farce fare farm farmer farmhouse farmland farther
fascia fascinated fascinating fascist fashion fashionable fast fastened fastener fastening fat fatal fate fateful father
fatigued fatty faucet fauve favorable favored favorite favourite fawn fax fay fearful fearless feasibility feasible
feast feather feathered feature featured feces fecund fed federal feeble feed feedback feeder feedstock feline felis
fell fellow felon felt female feminine femininity feminist femur fen fence fencing fender fennel fentanyl ferment
fermentation fermion fern ferocious ferret ferrite ferritin ferromagnetic ferry fertile fertiliser fertilizer fervent
festive fet fetching fetish fetus feudal few fewer fez fiance fiber fiberglass fibre fibrin fibroblast fictional fiddle
fidelity fiduciary field fielder fielding fields fieldwork fierce fiery fifteen fifteenth fifth fifty fig fighter
fighting figurative figure figurine filament file filer filet filing fill fille filled filler fillet filling filly film
filmed filmmaker filter filth filthy filtrate filtration fin final finalist financial financier finder finding fine
finger finish finished finisher finishing finite fir fire firearm fireball firebase firefighter fireman fireplace
firepower firewall firewood firm firmness first firsthand fiscal fish fisher fisherman fishery fission fissure fist
fistula fit fitness fitter fitting five fixed fixer fixing fixture fizz fjord flag flagging flagpole flagship flair
flake flamboyant flame flaming flamingo flange flank flannel flap flaps flare flashing flashlight flashy flask flat
flatness flats flattened flavonoid flavoring flawless flax flea fledgling fleece fleet fleeting flesh fleshy flexibility
flexible flicker flight flimsy flint flip flirt float floating floc flood flooded floodplain floor flooring flop floppy
floral florida florist floss flotation flounder flour flower flowering flue fluff fluffy fluid fluke fluor fluorescence
fluorescent fluoride fluorine flurry flush flushed flute flux fly flyer flying flywheel foal foam fob focal fodder foe
fog fogy foil folate fold folder folding foliage folio follicle follicular follower following followup folly fond
fondant font food foodie fool fooling foolish foolproof foot footage football footballer footer foothold footing
footpath footwear forage foram forbidden force forced forceful forceps ford fore forearm foregoing foreground forehead
foreign foreigner foreman foremost forensic forerunner foreseeable foresight forest forfeit forge forgery forgotten fork
forklift formal formaldehyde formalin formalized former formidable formulation fort forte forth fortification fortified
fortitude fortress fortuna fortunate fortune forty forum forward fossa fosse fossil foster foul fouled found foundation
founder foundry fountain four fourteen fourteenth fourth fowl fox foyer fraction fractional fractionation fracture
fragile fragment fragmentary fragmentation fragrant frail frame framed framework framing france franco frank frantic
fraud frayed freak free freelance freelancer freeway freeze freezer freezing freight freighter french frequent fresco
fresh fresher freshman freshness freshwater fret friction fridge fried friend friendly fries frightened frightening
fringe fringilla frisch frivolous frock frog front frontage frontal frontier frost frosting froth frozen fructose fruit
fruitful fruitless frustrated frustrating fry fryer fudge fuel fueled fuentes fugitive full fullback fuller fume fumes
functional functioning fundament fundamental fundraiser fungal fungi fungicide fungus funk funnel funny fur furious
furnace furnished furnishing furniture furrow furry further fuse fuselage fusion fussy futile future fuzz fuzzy gable
gad gadget gag gage gal galactose galax galaxy gale gall gallant gallbladder gallery galley gallium galvanic
galvanometer gambler gamma gamut ganger ganglion gangster gap gaping gar garage garb garbage garden gardener garland
garlic garment garner garnet garnish garrison gas gaseous gasket gasoline gastrointestinal gastronomy gat gate gates
gateway gather gauche gauge gauss gauze gavel gay gazebo gear gearbox gearing geb gecko geek gel gelatin gem gemstone
gene general generalized generator generic generosity generous genet genetic genial genie genitalia genitals genius gent
gentamicin gentile gentle gentleman genu genuine geodesic geographic geographical geological geologist geometric
geometrical george geranium germ german germanium germany germination ghat ghee ghetto ghost ghostly giant gib gide gig
gigantic gilded gill gilt gimbal gimmick gin ginger gingerbread gingham ginseng giraffe girder girdle girl girlfriend
girth git give given giver glacier glad glamorous gland glare glaring glass glasses glassware glassy glaze glazed
gleaming glen glider glistening glitter glittering global globalisation globalization globe glomerular gloomy glorified
glorious glossy glove glow glowing glucose glue glued glum gluon glutamate gluten glycerin glycerol glycine glycogen
glycol glycolysis glycoprotein glyph gneiss gnome goal goalie goalkeeper goat goatee gob goblet goblin god goddess
godfather goggles going gold golden goldfish golfer gonad gond gone gong goo good goodness goof goofy goose gore gorge
gorgeous gorilla gory gossip goth gourd gourmet governing governor gown gps grab graceful gracious grad graded grader
gradual graduate graf graffiti graft graham grail grain gram grammatical gran grand grandchild granddaughter grandeur
grandfather grandiose grandma grandmother grandpa grandparent grandson granite granny granola granted grantee grantor
granular granule grape grapefruit grapevine graphic graphical graphics graphite grapple grass grassroots grate grateful
grating grave gravel graves graveyard gravid gravida gravitation gravitational gravity gravy gray grease greasy great
greater greatest greatness greco greed greedy greek green greenery greenhouse greens grenade grey grid grievous grill
grille grim grind grinder grinding grip gris grit grits gritty grizzly grocer grocery groin groom groomed groove gross
grot grotesque ground grounds groundwork group grouse grout grove groves grower growing grown growth grub gruesome grunt
guacamole guan guar guarantor guard guardian guava gubernatorial guerrilla guest guide guilty guinea guitar guitarist
gula gulf gull gum gummy gun gunman gunpowder guru gust gut guts gutter guy gym gymnasium gymnast gypsum gypsy gyro
gyroscope haber habit habitable habitat habitation habitual hack hacker hadron haem haft hag hail hair haircut
hairdresser hairline hairpin hairstyle hairy hakim halal hale half halftone halfway halibut halide hall hallmark hallway
halo halogen hals halter ham hamburger hame hamilton hamlet hammer hammock hamper hamster hamstring hand handbag
handball handel handgun handicapped handkerchief handle handlebar handled handler handmade handset handsome handwritten
handy handyman hangar hanger hanging hangout hangover hank hapless haplotype happy harassed harbor harbour hard
hardcover hardened hardening hardware hardwood hardworking hardy hare harem harmless harmonic harmonica harmonious
harmony harness harp harrow harsh hart harte harvest harvester hash haste hasty hat hatch hatchback hatching hated
hateful haunt haunted haunting haven haw hawk hay hazard haze hazel hazy head headband headed header heading headless
headlight headphone headquarters headset healer healing healthful healthy heap heard heart hearth hearty heat heated
heater heath heathen heather heating heaven heavenly heavens heavy heavyweight hectic hedge hedgehog heel hefty heifer
height heights heir hel hela held helicopter helium helix hell heller helm helmet help helper helpful helping helpless
helplessness hem heme hemisphere hemoglobin hemolysis hemolytic hemp hen henna henry heparin hepatic herald herb herbal
herbicide here heredity herm herman hermit hero heroic heroin heroine heroism heron herpes herr herring herringbone hess
heterocyclic heterogeneous heterosexual heterozygous hexagon hexane hiatus hibiscus hick hickory hidden hide hideous
hierarch high higher highland highlighter highway hijab hiker hilar hilarious hill hillside hind hindrance hindu hinge
hip hippie hippocampus hipster hire hired hispanic histamine histidine histone historian historical hitter hiv hive
hoarding hob hobby hod hoe hog hoist holder hole holland hollow holly hologram holster hombre home homegrown homeland
homeless homely homemade homeowner homer homestead hometown homo homogeneity homogeneous homosexual homozygous hone
honest honesty honey honeycomb honorable honored hood hoof hook hookah hooked hooks hookup hoop hop hopeful hopeless
hopper hops horizon horizontal hormone horn horoscope horrible horrid horrified horrifying horror horse horseback
horseradish horseshoe hose hospice hospitable hospital host hostage hostel hostess hostile hostility hot hotel hotspot
hound hourglass house houseboat housekeeper housewife housing hoy hub hubby huddled hudson hue huge hulk hull human
humane humanist humanitarian humanity humankind humanoid humans humble humidifier humiliating humility hummingbird
hummus humorous humour hump humus hun hundred hungry hunk hunt hunted hunter hurdle hurricane hurried hurt hus husband
hush husk husky hut hybrid hydrangea hydrant hydrate hydration hydrazine hydride hydrocarbon hydrochloride hydrogen
hydrogenation hydrolysis hydrophilic hydrophobic hydroxide hydroxyl hyperbolic hyperfine hypertensive hypnotic hypo
hypothalamic hypothalamus hypothetical hysteresis hysterical iaa ibis ibuprofen ice iceberg icing icon iconography icy
ideal idealized identical identifiable identified identity idiosyncratic idiot idle idol idyllic iga ignition ignorant
ike ikon ill illegal illegitimate illicit illiterate illuminating illusory illustrative illustrator illustrious image
imaginary imaginative imam imidazole imitation immaculate immaterial immature immediacy immediate immense immigrant
imminent immoral immortal immortality immune immunoglobulin imp impact impacted impaired impartial impasse impatient
impeccable impedance impediment impeller impending imperative imperfect imperial imperialist impersonal impervious
impetus implant implantation implement implicated implicit import importance important importation importer imposing
impossible impost impotence impractical imprecise impregnation impressive imprint improbable impromptu improved
improvisation improvised impurity inaccuracy inaccurate inactivation inactive inadequacy inadequate inanimate
inappropriate inaugural inboard incandescent incapable incarnation incense incidence incident incidental incision
inclination incline inclined inclusion inclusive incoherent incoming incompatible incompetence incompetent incomplete
inconceivable inconsistent incontinence inconvenient incorrect increase increased increasing incredible increment
incubation incubator incumbent incurable indebted indecent indefinite indelible indentation indenture independent
indeterminate indexer india indian indicator indifferent indignant indigo indirect indiscriminate indispensable
indistinct indistinguishable indium individual individualism individuality individualized indonesia indoor induced
inductance induction inductor indulgent industrial industrious ineligible inept inequality inert inertia inescapable
inevitable inexpensive inexperienced inexplicable infallible infamous infant infantile infection infectious inferior
infidelity infield infiltration infinite inflamed inflammatory inflated inflater inflation inflexible inflow influence
influent influential influx informal informant informed informer infrared infrastructure infrequent infusion inger ingot
ingredient ingres inh inhabited inhalation inherent inhibited inhibition inhibitor inhibitory inhuman initial initiate
initiative initiator injection injector injured ink inlay inlet inmate inn inner innocence innocent innovation innovator
innumerable inoculum inorganic inpatient inquirer inquiring inquisitive insane inscribed insect insecticide insensitive
inseparable insert inset inside insider insignificant insistent insoluble insolvent inspector inspiration inspirational
inspired inspiring installation instant instantaneous instar institution institutional institutionalized instructional
instructive instructor instrument instrumental instrumentality instrumentation insufficient insulation insulator insulin
insured insurmountable intact intake integral integrated integrator intellect intellectual intelligent intelligible
intended intense intensifying intensity intensive intent intentional interaction interceptor interchange intercom
interdependent interested interesting interface interfaith interfering interferometer interferon interim interior
interlayer interleukin interlocking intermediary intermediate intermittent intermolecular intern internal international
interne internet interpersonal interpreter interrelated interrupt intersecting intersection interstate interstellar
interstitial interviewee interviewer interwoven intestine intima intimacy intimate intolerable intolerance intractable
intranet intricate intrinsic introductory intron introvert intruder intrusion intrusive invalid invaluable invariable
invariant invention inventive inventor inventory inverse inversion invertebrate inverted inverter investigative
investigator investor invincible invisible inviting involuntary involution involved inward iodide iodine ion ionic
ionization ionized ipv iran ireland iridium iris irish iron ironic ironing irons irradiation irrational irreducible
irregular irrelevant irreparable irresistible irresponsible irreversible irrevocable irritable irritating island isle
islet isolated isomer isoniazid isothermal isotonic isotope isotopic isotropic italian italy item iteration itinerant
ivory ivy jack jacket jade jag jagged jaguar jail jak jam jamb james jammed jap japan japanese jar jargon jarring
jasmine jasper jat java jaw jay jealous jean jeans jeep jelly jellyfish jerk jerky jerry jersey jesus jet jetty jew
jewel jeweler jewellery jewelry jewish jib jig jigsaw jihadist job jockey jog john johnson join joined joint joker jolly
jones jong jordan joseph journalist joyous joystick jude judge judicial jug juice juicy jukebox jumper jumpsuit junction
juncture jung junior juniper junk junkie jurisdiction juror just justice jut jute juvenile kafka kaki kale kaleidoscope
kali kalian kama kami kanamycin kangaroo kant kat kayak kazan keb kebab keel keen keep keeper keepsake keg kelly kelp
kelt kennel kent keratin kern kernel kerosene ketchup ketone kettle key keyboard keypad khaki khan khat kicker kid kidd
kidney kill killer kiln kimono kin kinase kind kindly kindred kinetic king kink kino kiosk kirk kiss kit kitchen
kitchenette kite kitten kitty kiwi klein knee knife knight knit knitting knob knockout knot knotted knowing
knowledgeable known knuckle knuckles kob koch kola kore korea korean kosher kota kraft krill krishna kudu kui kurta lab
label labeled laboratory laborer labrador labyrinth lac lace laced lacer lacking lacquer lactate lactation lactose lad
ladder laden lading ladle lady lag lager lagging lagoon laguna laid lair lake lakeside lama lamb lambda lame lamina
laminate lamp lan lance lancer land lander landfall landfill landing landlord landmark landowner landscape landscaped
landscaping lane lange lantern lanyard lao lap lapin lapp lapsed laptop larch lard large larger lark larva larval larynx
lasagna laser lash lass lasso last lasting lat latch late latent later latest latex lathe lather latin latino latitude
latte latter lattice launch launcher laundry laureate laurel lav lava lavender laver lavish lawmaker lawn lawyer lax lay
layer laying layman lazy lcd leach leaching lead leader leading leaf leaflet leak lean leaning lear learned learner
leash least leather lecithin lector lecturer led ledge ledger lee leech lees leeway left leftist leftovers lefty leg
legal legate legendary leger legislative legislator legitimacy legitimate lego legume lei lem lemma lemon lemonade
lemongrass lena lender length lengthy lens leo leopard lepas lepton ler lesbian less lessee lessened lesser lessor
lethal leto letter lettuce leucine leukocyte levant level lever leverage levi levitra lewis lexical liable liar liberal
liberated libertarian libertine libra librarian library licensed licensee lichen lick licked lid lidar lie lien
lieutenant lifeboat lifeguard lifeless lifeline lifelong lift lifted ligament ligand ligature liger light lighted
lighter lighthouse lighting lightning lightweight lignin like likelihood likely likeness lilac lily limb lime limelight
limestone limit limited limiter limiting limitless limo limousine limp lin lind linear linebacker lined lineman linen
liner ling lingerie lingua linguistic lining link linkage links linseed lint lion lip lipase lipid lipoprotein lipstick
liqueur liquid liquor lir listed listener lit literal literary literate lithium litmus litter littered little live
lively liver livery livestock livid living lizard llama load loaded loader loading loaf loam lobby lobbyist lobe lobster
local locale locality located locator lock locker locksmith locomotive locust lodge lodging loft lofty log logger
logical logistic logos loin lollipop london lone lonely long longer longevity longitude longstanding loo look looking
lookout lookup loom loop loophole looping loos loose looted lord lorry loser loss lost lotion lotus loud loudspeaker
louis lounge lousy love lovely lover loving low lower lowered lowering lowland lowly loyal loyalty lube lubricant luce
lucid lucifer luck lucky ludicrous lug luggage luke lukewarm lumbar lumber lumen luminal luminescence luminosity
luminous lump luna lunar lunatic lunch luncheon lung lupus lure luscious lush luster lustre lute lutein luxurious luxury
lymph lymphocyte lyric lyrical lysine lysis maar mac macaroni macaw macer mach machine machinery machinist macho
mackerel macrophage mad madam madame made madeira madison maestro magazine magic magical magician magistrate magma
magnesium magnet magnetic magnetism magnetite magnetization magneto magnetometer magnificence magnificent magnified
magnifier magnitude magnolia magnum magyar maha maharaja mahogany maid maiden mail mailbox main maine mainframe mainland
mainstay maintained maize maja majestic majesty major majority maker makeshift makeup making malay male malformed malign
mall mallet malt mam mama mamma mammal mammalian mammoth man manager mandala mandarin mandatory mandible mandrel mane
manganese manger mangle mango mangrove maniac manic manifold manipulator manis mankind mann manned mannequin manner
manners mannitol manometer manor mansion manta mantel mantle manufactured manufacturer manure manus mao map maple mapper
mara marble marc marcher mare margarine margarita marge margin marginal marginalization mari maria marihuana marijuana
marina marinade marine marino marital marked marker market marketable marketer marketplace marks maroon marquee married
marrow mars marsh marshal marshall marshmallow mart martes martial martin martingale martini martyr marvell marvelous
marx mary mascara mascot masculine masculinity mash masjid mask masker masking mason masonry masquer mass massif massive
mast master mastermind masterpiece masters mastic mat match matched matcher matching mate mater material maternal
mathematical mathematician matrix matte mattress maturation mature mauve maven maw max maxi maxillary maxim maximal
maximum maya mayo mayonnaise mayor maze meadow meager meal mean meandering meaningful meaningless means measurable meat
meaty mechanic mechanical mechanism mechanistic mechanized medalist medallion medallist meddling median mediator medic
medical medication medicine medico medieval meditative mediterranean medium medulla meek megaphone mei meiosis melamine
melancholy melanin melatonin melodic melon melt meltdown melting member membrane memorable memorial menacing mend
meniscus mensch menstruation mental mentor menu mercenary merchandise merchant merciful merciless mercury mere meringue
merino merit meritorious mermaid merry mesa mesenteric mesmer meson mess messenger messy metabolic metabolism metabolite
metal metallic metamorphosis metaphysical metastasis meteor meteorite meteorological meter metformin meth
methamphetamine methane methanol methionine methodical methotrexate methyl methylene metic metro metropolis metropolitan
mew mexican mexicano mexico mezzanine mezzo mic mica michael mickey microbe microbial microfilm microglia microorganism
microphone microprocessor microscope microscopic microsomal microwave mid middle midline midst midway midwife might
mighty migrant mike mild mildew mileage militant military milk milkshake milkweed mill miller millet milling million
millionaire mills mime mimic min mina mince minded minder mindful mindless mine miner mineral mini miniature minibus
minimal minimalist minimized minimum minion minister ministerial ministry minivan mink minor mint minute miraculous mire
miro mirror miscellaneous mischievous miser miserable misfit misguided mishap misleading miso misplaced miss missile
missing missionary mist mistaken mistress misty misused mit mite mitosis mitra mitral mitt mitten mix mixed mixer
mixture moat mobile mobility mocha mock mocker mocking mod modal mode model modeled modeling modeller modem moderate
moderation moderator modern modernism modernist modernity modest modesty modification modified modifier module mogul
moist molar molasses mold molding mole molecular molecule moll molle molt molten molybdenum mom momentary momentous
momentum mommy mon monarch monastery monastic monet mongoose monitor monk monkey monochrome monoclonal monod monolith
monomer mononuclear monopolist monotone monotonous monotony monoxide mons monsieur monsoon monster monstrous montage
monument monumental moody moon moonlight moor mooring moose mop moral morality more morgan morphine morphogenesis mors
mortal mortality mortar mortgagee mosaic mosque mosquito moss mote motel moth mother motif motionless motivated
motivating motive motor motorbike motorcycle motorist motorway mott mottled mould moulding mound mount mountain
mountainous mounted mounting mouse mousse moustache mouth mouthful mouthpiece mouthwash mover moving mow mower
mozzarella msg muck mucosa mucus mud muddy muff muffin muffled muffler mug mulberry mulch mule mull mullet
multidimensional multilateral multiple multiplex multiplication multiplicity multiplied multiprocessing mum mummy munch
mundane mung municipal muon mural murdered murderer murine murky mus muscle muscular muse museum mush mushroom musical
musician musk muslim muslin must mustache mustang mustard mutagen mutant mutation mute muted mutton mutual muzzle myelin
myeloid myocardial myocardium myosin myriad mysterious mystic mystical mythological naan nacimiento nad nag nagging nail
naive naked nameless namesake nan nanny nap nape naphthalene napkin narc narcotic nark narrative narrator narrow
narrowed narrowing nasal nash nast nasty natal nation national nationalism nationalist native natural naturalist nature
nautical naval nave navigator near nearby neat neb nebo nebula necessary necessity neck necklace neckline necrosis
necrotic nectar need needed needle needless neem negative neglected negligent negligible negotiator negro neighbor
neighborhood neighbour neighbourhood nematode nemesis neo neodymium neoliberal neon neoprene nephew nerd nero nerve
nervous ness nest net netting network neurological neurologist neuromuscular neuron neuronal neurotic neurotransmitter
neutral neutralization neutralized neutrino neutron neutrophil neve newbie newborn newcomer newspaper next niacin nib
nice niche nick nickel nicotine niece niger nightclub nike nilpotent nimble nine nineteen nineteenth ninety ninja ninth
niobium nip nipple nit nitrate nitride nitrification nitrile nitrite nitrogen nob noble nobleman nobody noc nocturnal
node nog noisy nomad nominal nominee nonexistent nonresident nonsense nonspecific nonverbal noodle nook norepinephrine
norma normal north northeast northern northwest nose nostrum notable notary notch notebook noted notepad noticeable
notorious nourished nourishment nova novel novelist novelty novice nozzle nub nuclear nucleon nucleotide nucleus nude
nugget nuisance null numb number numerical numerous nun nurse nursery nut nutmeg nutrient nutrition nutritional
nutritionist nutritive nutshell nylon nymph oak oasis oat oatmeal obedient objectionable objective objectivity obligated
obliged oblique oblivious oblong obnoxious obscene obscure obscurity observable observant observational observatory
observed observer obsessed obsessive obsidian obstacle obstruction obtainable obvious occasional occidental occlusion
occult occupant occupational occupied ocean octagon octane octopus ocular odd odds oder odometer odor oeuvre off
offender offensive office officer official offset offspring ohio ohm ohmic oil oiled oily ointment oka okay okra ola
older olefin oligarch oligodendrocyte oligonucleotide olive olla ominous omission omnibus oncologist oncoming oneness
onion ono onshore onyx opacity opal opaque open opened opener opening opera operating operational operative operator
opium opponent opportunistic opposed opposing opposite ops optic optical optimal optimist optimistic optimum opulent
oracle oral orang orange orator orb orbit orbital orbiter orchard orchestra orchestral orchid ordered orderly ordinary
ordnance ore oregano organ organic organiser organizational organized organizer organs orient oriental oriented orifice
origen origin original originator ornament ornamental ornamentation orphan orphanage orthodox orthodoxy orthopedic
oscillation oscillator oscilloscope osmosis ostrich oto otter ottoman ounce outboard outcast outcome outcrop outdated
outdoor outer outerwear outfield outfielder outfit outflow outgoing outgrowth outlaw outlet outlier outline outlined
outlying outpatient outpost outpouring output outraged outrageous outright outside outsider outskirts outsole outspoken
outstanding outward oval ovary oven overall overburden overcast overdrive overgrown overhang overhead overheating
overlap overlapping overlay overload overloaded overlooked overnight overpriced override overriding overseas oversized
overt overturned overweight overwhelming ovulation owing owl owned owner oxalate oxen oxford oxidant oxidase oxidation
oxide oxygen oxytocin oyster ozone pacemaker pacific pack package packaging packed packer packet packing pad padded
padding paddle paddock paddy padlock padre pagan page pager pagoda paid pail painful painless paint paintball paintbrush
painted painter painting paired paisley pajama pakistan pal palace palate pale palestra palette paling pall palladium
pallet palliative palm palpable pan pancake pancreas panda pane panel panicked panini panorama panoramic pant panther
pantry pants pap papa papal papaya paper paperback papillary paprika para parabola parachute paradise paradoxical
paraffin paragon parallax parallel parallelism parallelogram paramagnetic paramedic parametric paramount paranoid
paraphernalia parasite parathyroid parcel parchment parenchyma parent parental parfait paris park parka parked parker
parks parliamentary parlor parlour parmesan parochial parquet parr parrot parsley part parted partial participant
particle particular particulate parting partisan partition partner parts pascal paseo passage passenger passer passing
passionate passive past pasta paste pasted pastel pastor pastoral pastry pasture patas patch patched patchwork pate
pater path pathetic pathogen pathogenesis pathogenic pathologic pathological pathologist pathos pathway patience patient
patina patio patriarch patriarchal patriot patriotic patriotism patron pattern patty paucity paul pauper pave paved
pavement pavilion paving paw pawn payable payee payer payload pea peaceful peach peacock peaked peanut pear pearl
peasant peat pebble pecan pectin pectoral peculiar peculiarity pedagog pedagogical pedal pedestal pedestrian
pediatrician pee peel peeling peer peg pekan pel pellet pelt pelvic pelvis pen pencil pendant pendent pending pendulum
penetrating penguin penicillin peninsula penis penn pensioner penthouse peony pepper peppermint pepperoni peptide
perceived perceptible perceptive perceptual perch percolation peremptory perennial perfect perforation performer perfume
pergola peri perilous perimeter periodic periodicity peripheral periphery perishable peritoneum perm permafrost
permanence permanent permit peroxidase peroxide perpendicular perpetrator perpetual perplexed perplexing persian
persistence persistent person personal personality personalized perspiration persuasive pert pertinent perturbation peru
perverse pes pessimistic pest pesticide pesto pet petal peter petite petitioner petrochemical petrol petroleum pew
pewter phage phantom pharaoh pharmaceutical pharmacist pharmacological pharmacy pheasant phenol phenolic phenylalanine
phenytoin philanthropic philanthropist philippines philosopher philosophical phoenix phone phonetic phony phosphatase
phosphate phospholipid phosphor phosphorus photo photocopy photoelectron photograph photographer photographic
photography photon photosphere photosynthesis phylogeny physic physical physician physicist physicochemical
physiological physique phytochemical phytoplankton pia pianist piano piazza pic piccolo picker picket pickle pickup
picnic pictorial picture pictured picturesque pie piece pier pierce piety piezoelectric pig pigeon piggy pigment
pigmentation pike pilgrim piling pill pillar pillow pilot pimp pin pinched pine pineapple ping pinion pink pinnacle
pinpoint pion pioneer pip pipa pipe pipeline piper pipette piping pique pirate piss pistachio piste pistol piston pit
pita pitch pitched pitcher pith pitiful pitt pitting pituitary pivot pix pixel pixie pizza pizzeria place placebo
placeholder placement placenta placental placer plage plaid plain plaintiff plan planar plane planer planet planetary
plank plankton planned planner plant plantation planted planter plaque plasm plasma plasmid plaster plastered plastic
plasticity plastique plat plate plateau platelet platform plating platinum plato platter plausible playable playback
played player playful playground playmaker playroom playwright plaza pleasant pleased pleasing pledge plentiful plenty
plenum pleural plexus pliers plotter plough plow pluck plug plum plumage plumb plumber plumbing plume plummet plump
plunger plush plutonium ply plywood pob pocket pod podium poet poetic poi poignant pointed pointer poised poison poke
poker pol polar polarisation polarization pole policeman polish polished polite politic political politician politico
poll pollen pollinator polls pollutant polluted polo polyamide polycrystalline polyester polyethylene polygon polyhedron
polymer polymerase polymerization polymorph polymorphism polyp polypeptide polypropylene polysaccharide polystyrene
polyurethane pom pomegranate pomo poncho pond pone pongo pons pontos pony ponytail pooch poodle pool poop poor pop
popcorn pope poplar popover poppy popsicle popular popularity populated populist populous porcelain porch pore pork
porosity porous porridge port porta portable portal porter portfolio portion portrait pose poser position positive
positron possessed possible post postdoc poster posterior postgraduate posture postwar pot potable potash potassium
potato potency potent potential potentiometer potion potter pottery potty pouch poultry pout pow powder powdered powdery
power powerful powerhouse powerless practicable practical practiced practised practitioner pragmatic prairie pram prat
prawn preacher precarious preceding precinct precious precipitate precipitation precise precision preconceived precursor
predator predecessor predetermined predictable predictive predictor predisposed prednisone prefab prefect preferable
preferential preferred pregnant prehistoric prejudiced prejudicial preliminary premier premises premium preoccupied
preparation preparatory prepared prescribed prescription presence present presenter preservation preservative preserve
preserved preserves president presidential press pressing pressure presto pretence pretended pretty pretzel prevalence
preventative preventive previous prey price priceless prick prickly priest prima primary primate primates prime primed
primer priming primitive prince princess principal print printable printer prion prior prism prison prisoner privacy
private privilege privileged privy prize pro probability probable probe probiotic procedural processed processing
processor proclaimed prod prodigious produce producer product production productive productivity prof profane
professional professor proficiency proficient profitability profitable profound progenitor progeny progesterone
programmer progressive projected projectile projector proliferation prolific proline prolonged promenade prominence
prominent promising promoter promotional prompt prone prong pronounced prop propagation propagator propane propellant
propeller proper prophet prophetic prophylactic proponent proportion proportional proportionate proposer proprietor
propriety propulsion propyl propylene prosciutto prosecutor prospect prospective prosperous prostaglandin prostate
prosthesis prostitute protagonist protease protecting protection protective protector protege protein proteolytic
protester prothorax proto proton prototypical protrusion proud proved provenance proverbial providence provider province
provincial provisional provisions provocative prow proximal proximate proximity proxy prudence prune pruning pry psa
pseud pseudo psyche psychiatric psychiatrist psychic psycho psychological psychologist psychopath psychotic pub
pubescent pubis public publicized published publisher puck pud pudding puddle pueblo puff puffer pug pull pullback
pulley pullover pulmonary pulp pulpit pulsar pulsation pulverized puma pump pumpkin punch puncture punctured pung
punishable punitive punk punt pup pupil puppet puppy purchase purchaser pure puree purification purifier purple
purposeful purse pursuant pursued pursuing purus pus push pusher puss pussy putty puzzle puzzled puzzling pvc pyramid
pyridine pyrite python quad quadrilateral quail quaint qualification qualified qualifier qualitative quality
quantitative quark quarrel quarry quarterback quarterly quarters quartz quartzite quasi quat quay queen queer
questionable questioning queue quick quid quiescent quiet quill quilt quilted quilting quin quince quinine quint quirk
quitter quiver rabbi rabbit raccoon racer racetrack racial racine racist rack racquet radar radial radiance radiant
radiation radiator radical radio radioactive radioactivity radiocarbon radiography radiolysis radish radium radius radon
raft rag ragged rahu rail railing railroad rails railway rain rainbow raincoat rainfall rainwater raise raised raisin
raising raja rake rally rallying ram rama ramp rampant ramus rana ranch rand random range ranger ranging rank ranked
rape raped rapeseed rapid rapidity rapper rare rarity ras rask rasp raspberry raster rat ratchet ration rational rattan
rattle ravel raven ravine raw ray rayon rayons razor reach reactance reactant reaction reactionary reactor readable
reader readout ready reagent real realism realist realistic realtor reaper rear rearing reasonable reassured reassuring
reb rebate rebel rebellious rebirth reborn recap receiver recent receptacle receptionist receptive receptor recess
recession recessive recipient reciprocal reckless reclaimed recognizable recognized recombinant reconciling
reconstructed record recorded recorder recording recoverable recovery recreational recruit recruiter rectangle
rectangular rectification rectifier rector rectum recurrent recycling red redact redhead redox redshift reduced reducer
reducing reductase reduction redundant redwood reed reef reel ref referee referral refill refined refinement refinery
refining reflection reflective reflector reflexion reformed reformer refraction refractory refreshed refresher
refreshing refreshment refrigerant refrigerated refrigeration refrigerator refuge refugee refuse regal regenerating
regeneration regent region regional registrant registrar regression regular regularity regulated regulation regulator
regulatory reich rein reincarnation reindeer reiter rejection rejoicing rejuvenation related relation relative
relativistic relaxation relaxed release relentless relevant reliability reliable relic relieved reliever religious
relish reluctance reluctant remaining remains remake remarkable remedial remedy reminder remise remnant remote remover
render renewal renewed renewing renin rent renter rep repeated repeater repellent repetitive replacement replenishment
replica replication reported reporter repository representation representative repressed repression repressive
reproducibility reproducible reproduction reptile republican repulsion repulsive reputable requester required
requirement requisite res researcher resemblance reservation reserve reservoir reset resid residence resident
residential residual residue resilience resin resistance resistant resistive resistivity resistor resolute resolution
resolve resolved resonance resonant resonator resorption resort resounding resourcefulness respectable respected
respecter respectful respective respirator respiratory respondent responder response responsible restaurant rester
restless restlessness restorative restrained restricted restricting restrictive restroom result resultant retailer
retained retainer retard retardation retarded rete reticulum retina retinal retinol retired retiree retort retrieval
retriever retrofit revealing revered revers reverse reversible reviewer revised revolutionary revolver rewarding rex
reyes rhenium rheumatic rhinestone rhino rhinoceros rhomb rhombus rhubarb rhythmic rib ribbon ribosome rice rich
richness ricotta riddle riddled ride rider ridge ridiculous riff rifle rift rig rigging right righteous righteousness
rightful rigid rigor rigorous rim rimu rind ring rings rink rinse rip ripe ripening ripping rise riser rising risky
risotto rival river riverside rivet rivulet road roadblock roadside roadway roast roasted robber robe robert robin robot
robust robustness roc rock rocker rocket rocky rod rodent rodeo rogue roller rolling rom roma romaine roman romantic
rome romp romper roof roofing rooftop rook rookie room roommate rooms roomy roost rooster root rooting rope rosa rose
rosemary rosette rosin ross rostrum rosy rot rotary rotated rotor rotten rotting roue rouge rough roughness roulette
round roundabout rounded rousing route router routine roux rover row rower royal rubber rubbing rubbish rubble ruby ruck
rudder rude rudimentary rue ruffle ruffled rug rugged ruin ruined ruled ruler ruling rum rumble rumen rump runaway rung
runner running runt runway rural rush rusk russia russian rust rusted rustic rusting rusty rut ruta ruth ruthenium
ruthless rye saber sable sabot sac sack sacking sacred sad saddle sade sadistic safe safety saffron sag sage sagging
sahib sail sailboat sailor saint sake salad salami salesman salesperson salicylate salient saline saliva salivary salmon
salmonella salon saloon salsa salt saltwater salty salve salwar sam saman samba sami sample sampler samurai sanctity
sanctuary sand sandal sandalwood sandbox sandpaper sandstone sandwich sandy sane sang santa sap sapphire saran sarcastic
sard saree sari sash sashimi satan satellite satin satirical satisfactory satisfied saturated saturation saturn sauce
saucepan saucer sauerkraut sauna sausage saute savage savannah saved saver saving savior savory savoury saw sawdust
sawmill sawtooth sax saxophone scab scad scaffold scaffolding scaled scaler scallop scalp scan scanner scanning scant
scanty scape scarcity scared scarf scarred scathing scattered scattering scavenger scene scenery scenic scented
scheduled scheduler schematic schist scholar scholarly scholastic school scientific scientist scintillation scissors
scoop scooter scope scopes scorched scorching scoreboard scoreless scorer scorpion scotch scott scourge scout scrambled
scrap scrapbook scraper scraping scraps scratch screaming screen screening screenwriter screw screwdriver scribble
scribe scrim scriptural scroll scrotum scrubber scrubs scuba sculptor sculptural sculpture scum scut sea seabed seafood
seal sealant sealer seam search searcher searching seascape seashell seashore seaside seasonal seasoning seat seated
seating seats seawater seaweed seb sebum secluded second secondary secondhand secrecy secret secretariat secretary
secretion sectarian section sectional sector secular secure sedan sedative sedentary sediment sedimentation seductive
seed seedling seeker seeming seer segment segmental segmentation segregated segregation seigneur seine seismic seizing
select selected selective selector selenium self selfish selfishness seller sellers semantic semaphore semblance semen
semi semicircle semiconductor senator sender senescence senhor senior sens sensation sensational senseless sensible
sensitive sensitization sensor sensory sensual sentient sentimental sentinel separable separate separated separatist
separator septic septum sequence sequencer sequential sequestration serenity serge sergeant serial serine serious
serotonin serpent serum servant server serviceable serving servo sesame sess sessions set seta sett setter setting
settle settled settler settlor setup seven seventeen seventeenth seventh seventy several severe severity sewage sewer
sewerage sewing sexist sexual sexy shabby shack shad shade shaded shades shading shadowed shadowy shaft shag shah shake
shaken shaker shakespeare shaky shale shallow sham shaman shameful shampoo shank shape shaped shaping shard shared
shareholder shark sharp sharper shattering shaved shaver shaving shaw shawl shay sheaf shear shears sheath shed shedding
sheep sheer sheet sheeting shelf shell shellfish shelter shepherd sheriff sherry shield shielded shielding shifter
shifting shim shin shining shiny ship shipment shipper shipping shipwreck shipyard shire shirt shit shivering shoal
shocked shocking shod shoe shogun shook shoot shooter shop shopper shopping shore shoreline short shortage shortcut
shortened shortening shortness shorts shortstop shot shotgun shoulder shovel showcase shower showroom shred shrew shrewd
shrimp shrine shrink shroud shrub shunt shut shutter shuttle sial sib sibling sick sickle sickly sida side sideboard
sideline sidewalk siding sierra sieve sif sights signal signaler signatory signboard signed signer significance
significant silage sildenafil silenced silent silhouette silica silicate silicon silicone silk silks sill silly silo
silt silver silverware silvery similar similarity simple simplex simplicity simplistic simulated simulation simulator
simultaneous sin sincere sinful singer single singlet singleton singular singularity sinister sink sinner sintered sinus
sinusoid sinusoidal siphon sir sire siren sis sister site sitter sitting situated six sixteen sixteenth sixth sixty
sizable size sized sizing sizzling skate skateboard skater skeletal skeleton skeptic skeptical sketch sketchbook ski
skid skier skilled skillet skillful skim skin skinny skipper skirt skull sky skyrocket skyscraper slab slack slag
slanted slash slashed slashing slat slate slav slave slaw slayer sled sledge sleeper sleepy sleeve sleigh slender slice
slick slide slider sliding slim slime sling slip slipper slippery slipping slit slob sloop slope sloping sloppy slot
sloth slouch slow slowing sludge slug sluggish slum slump slurry slush slut sly smack small smaller smart smear smelt
smiling smith smoke smoker smoking smooth smoother smoothie smoothness smother smothered smug smut snack snag snail
snake snap snapper snappy snapshot snare snatch sneak sneaker sniper snippet snorkel snout snow snowball snowboard
snowfall snowflake snowman snuff snug soak soaking soap soaring sob sober sobering social socialist societal
socioeconomic sociological sociologist sock socket sod soda sodium sofa soft softball softened softener softening
softness softwood soil soiled soja sol solar solder soldier sole solemn solenoid solicitor solid solidarity
solidification solidifying solidity solitaire solitary soloist soluble solute solution solvation solved solvent solver
soma somatic sombrero son sonar songwriter sonora sooner soot sop soph sophist sophisticated sophomore soprano sore
sorghum sorption sorry sort sorter sorting sot souffle sought soul sound sounding soundtrack soup sour source sourdough
south southbound southeastern southern souvenir sovereign soviet sow soy soya soybean spa space spacecraft spaced
spaceship spacious spade spaghetti spain spam spandex spanish spar spare spark sparkle sparkling sparrow sparse spat
spatial spatula spawn speaker spear special specialist specialization specialized specialty speciation specific
specificity specified specifier specimen speck speckled specs spectacle spectacles spectacular spectator spectral
spectre spectrogram spectrometer spectrum specular speculative speculator speedboat speedometer speedy spelt spender
sperm sphere spherical spheroid sphincter sphinx spic spice spider spike spill spiller spinach spindle spine spinel
spinner spinster spiral spire spirit spirited spirits spiritual spit splashed spleen splendid splendor splice splicing
spline splint splinter split splitter splitting spoilage spoiled spoiler spoiling spoke spoken spokesman spokesperson
spokeswoman sponge spongy sponsor spontaneity spontaneous spook spool spoon sporadic spore sport sporting sportsman
sportswear spot spotless spotlight spouse spout sprawling spray sprayer spread spreader spring springboard springer
sprinkle sprinkler sprinkles sprinkling sprinter sprite sprites sprocket sprout sprouting spruce spur sputum spy square
squared squash squat squid squire squirrel squirt stabile stability stabilized stabilizer stabilizing stable stacked
stacks stadium staff staffer stag stage staggering staging stagnant stain stained stainless stair staircase stairs
stairway stake stakeholder stale stalk stall stallion stalls stalwart stamp stance stand standard standardized standby
standing staple star starboard starch starches starfish stargazer stark starter starting startled startling starved
starving state stately statesman static station statistical stator statue statutory staunch stave stays steady steak
steam steamed steamer steaming steel steep steeper steeple steer stein stella stellar stem stemmed stencil stent
stepfather steppe stepper steps stepwise stereo sterling stern steroid stethoscope stew steward stick sticker sticking
sticky stiff stiffness stifle stigma stile still stillness stimulant stimulating stimulation stint stirrer stitch stock
stockholder stocking stocks stole stomach stone stoneware stool stoppage stopper stopping stopwatch storage store
storefront storey storied stork storm stormy story storyteller stout stove straight straightforward strain strained
strainer straining strait strand stranded strange stranger strangled strap strategic strategist stratification
stratified stratosphere stratum straw strawberry stray stream streamer streaming streamlined street streetlight strength
strenuous streptomycin stressed stretch stretched stretcher stricken strict striker striking string strip stripe striped
stripper strobe stroller strong stronghold strontium strop structural structure structured struggling strung strut stub
stubborn stucco stud studded student studio stuff stuffed stuffing stump stung stunned stunning stunt stupe stupid
sturdy sty style stylist stylistic stylized stylus styrene suave sub subconscious subcontinent subcontractor subdivision
subdued subject subjective sublime submarine submersible submissive subordinate subscriber subsection subsequent
subsidiary subsidized substantial substantive substation substitute substrate subsurface subtle suburb suburban
subversive subway subwoofer succeeding successful succession successive successor succulent sucker sucrose suction
sudden sue suede sufferer suffering sufficient suffrage sugar sugarcane suggestive sugi suicide suit suitability
suitable suitcase suite suited sulfate sulfide sulfur sulla sullen sulphate sulphide sulphur sultan sultry summation
sump sumptuous sun sunday sundry sunflower sunglasses sunken sunlight sunny sunrise sunroof sunscreen sunset sunshine
sup super superb supercomputer superficial superficies superintendent superior superiority superlative superman
supermarket supernatant supernatural supernova superoxide superposition supersonic superstar superstitious
superstructure supervisor supper supplement supplemental supplementary supplier supply supporter supporting supportive
supposed suppressant suppression suppressor suppuration supremacist supreme supremo sure surety surface surfactant
surfboard surfer surgeon surgery surging surmounted surplus surprised surprising surrogate surrounded surrounding
surtout surveyor survival surviving survivor sus susceptible sushi suspect suspended suspension suspicious sustenance
suture suv swab swag swagger swallow swamp swan swatch swath sway sweat sweater sweating sweats sweatshirt sweep
sweeping sweet sweetener sweetheart swell swelled swelling swift swimmer swimsuit swimwear swine swing swinger swirl
swiss switch switcher swivel sword sworn symbolic symmetric symmetrical symmetry sympathetic symptomatic synagogue
synapse synchronous synchrotron synergistic synergy synonymous syntactic synthesis synthesizer synthetic syringe syrup
system systematic tab tabby tabi table tablecloth tablespoon tablet tabletop tableware taboo tach tack tackle taco tact
tactile tag tagged tai tail tailgate tailor tailored tails taiwan takeaway taken takeout taker talent talisman tall
tallow talon tam tambour tame tamil tamp tamper tampon tandem tang tangent tangential tangerine tangible tangle tangled
tank tanker tanned tannin tanning tantalizing tantalum tao tap tapa tape taped taper tapestry taping tapis tappa tar
tare target tarmac tarn tarot tarp tart tartan tartar tasse tassel tasso tasteful tatou tattoo tatu taut tavern taw
taxable taxi taxing taxpayer taylor tea teach teacher teak teal teammate teapot tear tearing tease teaser teaspoon teat
tec technical technician technological technology ted teddy tedious tee teen teenage teenager teeth teething teg
telegraph telephone telescope television tell teller telling tellus temp temperament temperature tempest temple temporal
temporary ten tenacity tenant tender tenderness tendon tenement tenia tenor tensor tent tentative tenter tenth tequila
termes terminal terminator terminus termite tern terrace terrain terrestrial terrible terrier terrific terrified
terrifying territorial territory terror terrorist terse tesla testa testator tested tester testis testosterone tether
tetra tetrachloride tetrahedron texas textile texture textured thai thailand thatch thaw thawing thc theater theatre
theatrical thematic theologian theological theoretical theorist therapeutic therapist thermal thermocouple thermodynamic
thermometer thermoplastic thermos thermostat thick thickened thickening thickness thief thigh thin thinker thinner third
thirsty thirteen thirteenth thirty thistle thomas thor thorax thorium thorn thorough thoughtful thousand thread threads
threatened threatening three threshold thrift thrilling thriving throat throne throttle through throughput throwback
thrust thug thumb thumbnail thunder thunderstorm thus thwart thyme thymus thyroid tibia tick ticker ticking tidy tie
tied tier tiger tight tights tigris tilapia tile tiled till tillage tiller tilted timber timbre timed timeliness timely
timepiece timer timid timing tin tincture tinder tine tingling tinker tint tiny tip tipi tipped tire tired tireless
tiresome tiring tiro tissue tit titan titanic titanium titer titled tiu toad toast toaster tobacco toda todd toddler toe
tofu toga together toggle toilet tokamak token tolerance tolerant tolu toluene tom tomato tomb tonal toned toner tongs
tongue tonic tool toolbox tooth toothbrush toothpaste toothpick top topaz tope topi topical topographical topography
topped topper topping topsail topsoil toque tor torch tore tormented torn tornado torpedo torque torrent torsion torso
tortilla tortoise tortured torus tot total totalitarian totality tote totem toucher touching touchscreen tough toughness
tourist tout towel tower town toxic toxin toy traceable tracer trachea tracing track tracker tract traction tractor
trademark trader traditional tragic trail trailer train trained trainee trainer trait traitor trajectory tram tramp
trampoline tranquil tranquility transcendental transcription transducer transduction transfer transferee transformed
transformer transgene transgression transient transistor transit transitional translator translocation translucent
transmitter transom transparence transparency transparent transpiration transplant transport transportation transporter
transverse trap trapezium trapped trapping trash traveled traveler traveller traverse tray treacherous tread treadmill
treasure treasured treasurer treat treated treble tree trellis trembling tremendous trench trend trent triangle
triangular tribal tribune tributary tricycle trident trifle trigger triglyceride trigon trim trimmer trimming trinity
triple triplet triplicate tripod tritium triumphant trivia trivial troll trolley trombone trooper trophy tropical trot
troubled troublesome trough trouser trousers trout truck trucker true truffle trump trumpet trunk trunks truss trusted
trustee trustworthy trusty truthful trying trypsin tryptophan tsar tsh tub tuba tube tuber tubercle tubing tubular tuck
tuff tug tulip tulle tum tumbler tummy tumultuous tun tuna tundra tuner tung tungsten tunic tunnel tup turban turbine
turbulence turbulent turf turkey turkish turmeric turn turnaround turned turner turning turnkey turnout turnover
turntable turpentine turquoise turret turtle turtleneck tutor tutu tux tuxedo tweed tweeter twelfth twelve twentieth
twenty twig twilight twin twine twinkling twins twisted twofold tycoon type typewriter typhoon typical typographic tyr
tyrant tyre tyrosine tyto ubiquitous ugly ukulele ull ultimate ultra ultrasonic ultrasound ultraviolet uma umbilical
umbrella ump umpire unable unacceptable unaccompanied unaffected unambiguous unanimous unanswered unarmed unattractive
unauthorized unavailable unavoidable unaware unbelievable unborn unbounded unbreakable unbroken uncanny uncertain
uncertainty unchanged unclaimed uncle unclean uncomfortable uncommon uncompromising unconditional unconscious
unconstitutional uncontrollable unconventional undamaged undeniable undercover undercut underdeveloped underdog
undergrad undergraduate underground underlying underprivileged undersea underside understandable understanding
understood underwater underway underwear undesirable undeveloped undisputed undone undue uneasy unemployed unending
uneven unexpected unexplored unfair unfamiliar unfavorable unfit unfolding unforeseen unforgettable unfortunate unhappy
unhealthy unicorn unified uniform uniformed uniformity unilateral unimaginable unimportant unintended uninterrupted
union unique uniqueness united universal universality universe university unjust unkind unknown unlawful unlike unlikely
unlimited unloaded unlocked unlucky unmarried unmistakable unnatural unnecessary unnoticed unoccupied unofficial
unorthodox unpaid unpaired unparalleled unpleasant unpopular unprecedented unpredictable unprepared unprotected
unpublished unqualified unreal unrealistic unrecognizable unrecognized unrelated unreliable unremarkable unresponsive
unrestricted unruly unsatisfactory unsaturated unscathed unscrupulous unseen unsettled unsigned unsold unsolved unspoken
unstable unstructured unsuccessful unsuitable untenable untested untold untouched untrue unused unusual unwanted
unwarranted unwavering unwelcome unwilling unwillingness unwise unwitting unworthy upbeat upcoming upgrade uphill
upholstery upland uplift upper uppermost upright upset upstairs upstream uptake upward uranium uranus uranyl urban
urbanization urea urethra urgent urinal urinary urination urine urn usable used useful usefulness useless user usher
usual ute utensil uterus utiliser utilitarian utmost utopian utter utu vacancy vacant vaccine vacuum vagina vague vain
vale valentine valet vali valiant valid validity valley valor valuable valued valve vamp vampire van vanadium vandal
vane vanilla vanished vapor vaporization vaporizer vapour variability variable variant varied variegated various varnish
varying vas vascular vase vasodilator vassal vast vat vault veal vector veg vegan vegetable vegetarian vegetation veggie
vehement vehicle veil veiled vein vela velcro velvet velvety vena vender vendor veneer venerable venn venom vent
ventilation ventilator ventricle venus veracity veranda verbal verdi verge verifier veritable versed verso vertebra
vertebral vertebrate vertical vesicle vesicular vessel vest vet veteran veterinarian veterinary viability viable viagra
vial vibes vibrancy vibrant vibrator vicar vice vicinity vicious victim victor victoria video viewer viewfinder vignette
vigor vigorous viking vile villa villain vine vinegar vineyard vino vintage vinyl viol viola violent violet violin
violinist vip viper virgin virginia virtu virtual virtue virulence virulent virus visage visceral viscoelastic viscose
viscosity vise visibility visible visionary visitor visor visual visualiser vital vitality vitamin vivid vocal vocalist
vocational vodka voice voiced void voile volatile volcano vole volleyball volta voltage voltmeter volume volumetric
voluminous voluntary volunteer vomit vortex voter voucher voyager voyeur vulcan vulgar vulnerable vulture wacky wad wade
wafer waffle wag wagon waist waistband waistcoat waiter waiting waitress wake wale walker walking walkway wall wallet
wallpaper walnut walter wan wand wandering want wanton ward warden wardrobe ware warehouse warfarin warm warmed warmer
warming warp warped warrior wart wary wash washed washer washing washington washout wasp wastage waste wasted wasteful
wasteland wastewater watch watchdog watcher water watercolor watercolour waterfall waterfowl waterfront watering
watermark watermelon waterproof waterproofing waters watershed waterway watery watt wattage watts waveguide wavelength
wavy wax waxed ways wayside weak weakened wealthy weapon weaponry wear wearable wearer wearing weary weather weave
weaver web webbing webcam wedge wee weed weeds weeping weight weighted weil weir weird welcher welcome welcoming weld
welder well wells welt werewolf west westerly western wet wetland wetter wetting whale wharf whatnot wheat wheel
wheelchair wheezing whereabouts whey whiff whip whipping whirl whirlwind whisk whiskers whiskey whisky whistle
whistleblower white whole wholesaler wholesome whore wick wicked wicker wicket wide widening widespread widget widow
widowed width wife wifi wig wild wilde wilderness wildflower willful williams willing willingness willow willpower winch
wind windfall winding windmill window windowsill windscreen windshield windy wine winemaker winery wing winger winner
winning wiper wire wired wireless wiring wise wit witch withered witness witty wiz wizard wlan wok wolf woman womb
wonderful wonderland wondrous wood wooded wooden woodland woodwork wool woolen work workable workbench worker working
workings workman workpiece workplace works workshop workstation world worldly worldwide worm worn worried worse
worsening worst wort worth worthless worthwhile worthy wounded woven wrangler wrap wrapped wrapper wrapping wreath
wreckage wren wrench wrestler wretched wrinkle wrist wristwatch writer written wrong wrongdoing wry www xenon xxx xylem
yacht yahoo yak yam yana yank yap yard yarn yawning yearling yeast yelled yellow yeti yield yielding yoghurt yogurt yoke
yolk young younger youngster youth youthful yurt zag zaman zebra zen zenith zeolite zero zig zigzag zinc zipper zircon
zirconia zirconium zodiac zombie zona zone zoo zooplankton zucchini
`;
